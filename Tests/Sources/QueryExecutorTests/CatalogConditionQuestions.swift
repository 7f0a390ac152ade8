/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let catalog: [Question] = [
        Question("SHOW TAG KEYS WHERE h = 'h1'", ["m tagKey: 'h'; 'r'"]),
        Question("SHOW TAG KEYS FROM m WHERE h = 'h3'", ["m tagKey: 'h'"]),
        Question("SHOW TAG KEYS WHERE h = ''", ["m tagKey: 'r'", "n tagKey: 'z'", "odd name tagKey: 'odd, tag'"]),
        Question(
            "SHOW TAG KEYS WHERE h != 'h1'", ["m tagKey: 'h'; 'r'", "n tagKey: 'z'", "odd name tagKey: 'odd, tag'"]),
        Question("SHOW TAG KEYS WHERE nope = 'a'", []),
        Question(
            "SHOW TAG KEYS WHERE nope = ''", ["m tagKey: 'h'; 'r'", "n tagKey: 'z'", "odd name tagKey: 'odd, tag'"]),
        Question("SHOW TAG KEYS WHERE v > 3", ["error: invalid tag comparison operator"]),
        Question("SHOW TAG KEYS WHERE z = '1' OR h = 'h1'", ["m tagKey: 'h'; 'r'", "n tagKey: 'z'"]),
        Question("SHOW TAG KEYS WHERE _name = 'm'", ["m tagKey: 'h'; 'r'"]),
        Question(
            "SHOW TAG KEYS WHERE time > 0", ["m tagKey: 'h'; 'r'", "n tagKey: 'z'", "odd name tagKey: 'odd, tag'"]),
        Question("SHOW TAG KEYS WHERE h = 'h3' LIMIT 1", ["m tagKey: 'h'"]),
        Question("SHOW TAG VALUES WITH KEY = h WHERE r = 'a'", ["m key,value: 'h','h1'"]),
        Question("SHOW TAG VALUES FROM m WITH KEY IN (h, r) WHERE h = 'h3'", ["m key,value: 'h','h3'"]),
        Question(
            "SHOW TAG VALUES WITH KEY =~ /./ WHERE r =~ /a|b/", ["m key,value: 'h','h1'; 'h','h2'; 'r','a'; 'r','b'"]),
        Question("SHOW TAG VALUES WITH KEY = h WHERE r = ''", ["m key,value: 'h','h3'"]),
        Question("SHOW TAG VALUES WITH KEY = h WHERE h != 'h1'", ["m key,value: 'h','h2'; 'h','h3'"]),
        Question("SHOW TAG VALUES WITH KEY = h WHERE v > 3", ["error: invalid tag comparison operator"]),
        Question("SHOW TAG VALUES WITH KEY = h WHERE h = 3", ["m key,value: 'h','h1'; 'h','h2'; 'h','h3'"]),
        Question("SHOW TAG VALUES WITH KEY = h WHERE time > 0 AND r = 'a'", ["m key,value: 'h','h1'"]),
        Question("SHOW TAG VALUES WITH KEY = h LIMIT 1 OFFSET 1", ["m key,value: 'h','h2'"]),
        Question("SHOW SERIES WHERE h = 'h1'", [" key: 'm,h=h1,r=a'"]),
        Question("SHOW SERIES WHERE 'h1' = h", [" key: 'm,h=h1,r=a'"]),
        Question("SHOW SERIES FROM m WHERE r = 'a' OR h = 'h2'", [" key: 'm,h=h1,r=a'; 'm,h=h2,r=b'; 'm,r=a'"]),
        Question(
            "SHOW SERIES WHERE h = ''",
            [#" key: 'm'; 'm,r=a'; 'n,z=1'; 'n,z=2'; 'odd\ name,odd\,\ tag=x\=y\ z'; 'odd\ name,odd\,\ tag=ä'"#]),
        Question("SHOW SERIES WHERE h =~ /h1/ AND r !~ /b/", [" key: 'm,h=h1,r=a'"]),
        Question("SHOW SERIES WHERE nope = 'a'", []),
        Question("SHOW SERIES WHERE v > 3", ["error: invalid tag comparison operator"]),
        Question(
            "SHOW SERIES WHERE v = 3",
            [
                #" key: 'm'; 'm,h=h1,r=a'; 'm,h=h2,r=b'; 'm,h=h3'; 'm,r=a'; 'n,z=1'; 'n,z=2'; 'odd\ name,odd\,\ tag=x\=y\ z'; 'odd\ name,odd\,\ tag=ä'"#
            ]),
        Question(
            "SHOW SERIES WHERE time > 0",
            [
                #" key: 'm'; 'm,h=h1,r=a'; 'm,h=h2,r=b'; 'm,h=h3'; 'm,r=a'; 'n,z=1'; 'n,z=2'; 'odd\ name,odd\,\ tag=x\=y\ z'; 'odd\ name,odd\,\ tag=ä'"#
            ]),
        Question("SHOW SERIES WHERE _name = 'n'", [" key: 'n,z=1'; 'n,z=2'"]),
        Question("SHOW SERIES WHERE h = 'h1' AND time > 0", [" key: 'm,h=h1,r=a'"]),
        Question("SHOW SERIES WHERE h", ["error: invalid condition expression: h"]),
        Question("SHOW SERIES FROM m WHERE h = 'h1' LIMIT 1", [" key: 'm,h=h1,r=a'"]),
        Question(
            "SHOW SERIES EXACT",
            [
                #" key: 'm'; 'm,h=h1,r=a'; 'm,h=h2,r=b'; 'm,h=h3'; 'm,r=a'; 'n,z=1'; 'n,z=2'; 'odd\ name,odd\,\ tag=x\=y\ z'; 'odd\ name,odd\,\ tag=ä'"#
            ]),
        Question("SHOW MEASUREMENTS WHERE h = 'h1'", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS WHERE h != 'h1'", []),
        Question("SHOW MEASUREMENTS WHERE h != 'zz'", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS WHERE h =~ /h/", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS WHERE h !~ /h1/", []),
        Question("SHOW MEASUREMENTS WHERE h = ''", []),
        Question("SHOW MEASUREMENTS WHERE v > 3", ["error: invalid tag comparison operator"]),
        Question("SHOW MEASUREMENTS WHERE h = 'h1' AND r = 'b'", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS WHERE h = 'h1' OR z = '1'", ["measurements name: 'm'; 'n'"]),
        Question("SHOW MEASUREMENTS WHERE (h = 'h1')", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS WHERE _name = 'm'", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS WHERE nope != 'a'", []),
        Question(
            "SHOW FIELD KEYS WHERE h = 'h1'", ["error: error parsing query: found WHERE, expected ; at line 1, char 17"]
        ),
        Question("SHOW SERIES CARDINALITY", [" cardinality estimation: 9"]),
        Question("SHOW SERIES CARDINALITY ON dd", [" cardinality estimation: 9"]),
        Question("SHOW SERIES CARDINALITY ON nowhere", [" cardinality estimation: 0"]),
        Question("SHOW SERIES CARDINALITY FROM m", ["m count: 5"]),
        Question("SHOW SERIES CARDINALITY WHERE h =~ /h[12]/", ["m count: 2"]),
        Question("SHOW SERIES EXACT CARDINALITY", ["m count: 5", "n count: 2", "odd name count: 2"]),
        Question("SHOW SERIES EXACT CARDINALITY FROM m", ["m count: 5"]),
        Question("SHOW SERIES EXACT CARDINALITY FROM m WHERE h = 'h1'", ["m count: 1"]),
        Question(
            "SHOW SERIES EXACT CARDINALITY FROM m GROUP BY h",
            ["m{h=} count: 2", "m{h=h1} count: 1", "m{h=h2} count: 1", "m{h=h3} count: 1"]),
        Question("SHOW SERIES EXACT CARDINALITY ON dd FROM m, n LIMIT 1", ["m count: 5", "n count: 2"]),
        Question("SHOW SERIES EXACT CARDINALITY LIMIT 1 OFFSET 1", []),
        Question("SHOW SERIES EXACT CARDINALITY FROM nope", []),
        Question("SHOW SERIES EXACT CARDINALITY ON nowhere", ["error: database not found: nowhere"]),
        Question("SHOW SERIES EXACT CARDINALITY WHERE h = 'zz'", []),
        Question(
            "SHOW SERIES EXACT CARDINALITY WHERE time > 0",
            ["error: SHOW SERIES EXACT CARDINALITY doesn't support time in WHERE clause"]),
        Question("SHOW MEASUREMENT CARDINALITY", [" cardinality estimation: 3"]),
        Question("SHOW MEASUREMENT CARDINALITY ON nowhere", [" cardinality estimation: 0"]),
        Question("SHOW MEASUREMENT CARDINALITY FROM /m|n/", [" count: 3"]),
        Question("SHOW MEASUREMENT EXACT CARDINALITY", [" count: 3"]),
        Question("SHOW MEASUREMENT EXACT CARDINALITY FROM m", [" count: 1"]),
        Question("SHOW MEASUREMENT EXACT CARDINALITY WHERE h = 'h1'", [" count: 1"]),
        Question("SHOW MEASUREMENT EXACT CARDINALITY WHERE h = 'zz'", []),
        Question(
            "SHOW MEASUREMENT EXACT CARDINALITY WHERE time > 0",
            ["error: SHOW MEASUREMENT EXACT CARDINALITY doesn't support time in WHERE clause"]),
        Question("SHOW TAG KEY CARDINALITY", ["m count: 2", "n count: 1", "odd name count: 1"]),
        Question("SHOW TAG KEY EXACT CARDINALITY FROM m", ["m count: 2"]),
        Question("SHOW TAG KEY CARDINALITY WHERE h = 'h1'", ["m count: 2"]),
        Question(
            "SHOW TAG KEY CARDINALITY WHERE time > 0",
            ["error: SHOW TAG KEY EXACT CARDINALITY doesn't support time in WHERE clause"]),
        Question("SHOW TAG KEY EXACT CARDINALITY WHERE h = 'zz'", []),
        Question("SHOW TAG VALUES CARDINALITY WITH KEY = h", ["m count: 3"]),
        Question("SHOW TAG VALUES EXACT CARDINALITY FROM m WITH KEY IN (h, r) WHERE r = 'a'", ["m count: 2"]),
        Question(
            "SHOW TAG VALUES EXACT CARDINALITY WITH KEY =~ /./", ["m count: 5", "n count: 2", "odd name count: 2"]),
        Question("SHOW TAG VALUES CARDINALITY FROM m WITH KEY != h", ["m count: 2"]),
        Question("SHOW TAG VALUES CARDINALITY WITH KEY = nope", []),
        Question(
            "SHOW TAG VALUES EXACT CARDINALITY",
            ["error: error parsing query: found EOF, expected WITH at line 1, char 35"]),
        Question("SHOW FIELD KEY CARDINALITY", ["m count: 4", "n count: 2", "odd name count: 1"]),
        Question("SHOW FIELD KEY EXACT CARDINALITY FROM m", ["m count: 4"]),
        Question("SHOW FIELD KEY CARDINALITY FROM n WHERE z = '1'", ["n count: 2"]),
        Question("SHOW FIELD KEY CARDINALITY LIMIT 1", ["m count: 4", "n count: 2", "odd name count: 1"]),
        Question(
            "SHOW FIELD KEY CARDINALITY WHERE time > 0",
            ["error: SHOW FIELD KEY CARDINALITY doesn't support time in WHERE clause"]),
        Question(
            "SHOW FIELD KEY", ["error: error parsing query: found EOF, expected EXACT, CARDINALITY at line 1, char 16"]),
        Question(
            "SHOW TAG KEY EXACT", ["error: error parsing query: found EOF, expected CARDINALITY at line 1, char 20"]),
        Question(
            "SHOW MEASUREMENT",
            ["error: error parsing query: found EOF, expected EXACT, CARDINALITY at line 1, char 18"]),
        Question("SHOW TAG VALUES CARDINALITY WITH KEY = h WHERE r !~ /a/", ["m count: 1"]),
        Question("SHOW TAG VALUES CARDINALITY WITH KEY = h WHERE r != 'a'", ["m count: 1"]),
        Question(
            "SHOW TAG KEYS SLIMIT 1 SOFFSET 1", ["m tagKey: 'h'; 'r'", "n tagKey: 'z'", "odd name tagKey: 'odd, tag'"]),
        Question("SHOW TAG VALUES WITH KEY = h WHERE r !~ /a/", ["m key,value: 'h','h2'; 'h','h3'"]),
    ]
}
