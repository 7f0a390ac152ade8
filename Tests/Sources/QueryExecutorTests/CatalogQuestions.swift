/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let paging: [Question] = [
        Question(
            "SELECT v FROM m ORDER BY time DESC",
            [
                "m time,v: 700s,100.5; 600s,0.25; 540s,8.25; 480s,2.75; 455s,7; 420s,-2; 360s,6.5; 275s,4; 185s,2; 180s,3.75; 120s,4; 95s,-1.25; 65s,5.5; 60s,2.25; 5s,4.5; 0s,1.5; -120s,-4.75"
            ]),
        Question(
            "SELECT v, h FROM m ORDER BY time DESC LIMIT 3",
            ["m time,v,h: 700s,100.5,null; 600s,0.25,'h3'; 540s,8.25,'h1'"]),
        Question("SELECT v FROM m ORDER BY time ASC LIMIT 2", ["m time,v: -120s,-4.75; 0s,1.5"]),
        Question("SELECT v FROM m ORDER BY time DESC LIMIT 2 OFFSET 3", ["m time,v: 480s,2.75; 455s,7"]),
        Question("SELECT v FROM m LIMIT 3", ["m time,v: -120s,-4.75; 0s,1.5; 5s,4.5"]),
        Question("SELECT v FROM m LIMIT 3 OFFSET 2", ["m time,v: 5s,4.5; 60s,2.25; 65s,5.5"]),
        Question("SELECT v FROM m OFFSET 20", []),
        Question("SELECT v FROM m LIMIT 5 OFFSET 100", []),
        Question(
            "SELECT v FROM m LIMIT 0",
            [
                "m time,v: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5"
            ]),
        Question(
            "SELECT v FROM m GROUP BY h LIMIT 1",
            [
                "m{h=} time,v: 65s,5.5", "m{h=h1} time,v: 0s,1.5", "m{h=h2} time,v: 5s,4.5",
                "m{h=h3} time,v: -120s,-4.75",
            ]),
        Question(
            "SELECT v FROM m GROUP BY h LIMIT 1 OFFSET 1",
            [
                "m{h=} time,v: 700s,100.5", "m{h=h1} time,v: 60s,2.25", "m{h=h2} time,v: 95s,-1.25",
                "m{h=h3} time,v: 600s,0.25",
            ]),
        Question("SELECT v FROM m GROUP BY h SLIMIT 1", ["m{h=} time,v: 65s,5.5; 700s,100.5"]),
        Question(
            "SELECT v FROM m GROUP BY h LIMIT 1 SLIMIT 2 SOFFSET 1",
            ["m{h=h1} time,v: 0s,1.5", "m{h=h2} time,v: 5s,4.5"]),
        Question("SELECT v FROM m GROUP BY h SLIMIT 1 SOFFSET 10", []),
        Question(
            "SELECT v FROM m GROUP BY h ORDER BY time DESC LIMIT 1",
            [
                "m{h=h3} time,v: 600s,0.25", "m{h=h2} time,v: 455s,7", "m{h=h1} time,v: 540s,8.25",
                "m{h=} time,v: 700s,100.5",
            ]),
        Question(
            "SELECT count(v) FROM m GROUP BY h ORDER BY time DESC",
            [
                "m{h=h3} time,count: 0s,2", "m{h=h2} time,count: 0s,5", "m{h=h1} time,count: 0s,8",
                "m{h=} time,count: 0s,2",
            ]),
        Question("SELECT count(v) FROM m GROUP BY h LIMIT 1 OFFSET 1", []),
        Question("SELECT v FROM m WHERE h = 'h1' AND i > 1 LIMIT 1", ["m time,v: 120s,4"]),
        Question("SELECT v FROM m WHERE h = 'h1' AND i > 1 ORDER BY time DESC LIMIT 1", ["m time,v: 420s,-2"]),
        Question("SELECT last(v) FROM m ORDER BY time DESC", ["m time,last: 700s,100.5"]),
        Question("SELECT v FROM m, n LIMIT 1", ["m time,v: -120s,-4.75"]),
        Question("SELECT q FROM n, m ORDER BY time DESC", ["n time,q: 20s,9; 10s,5"]),
        Question(
            "SELECT count(v) FROM m GROUP BY h ORDER BY time DESC SLIMIT 2",
            ["m{h=h1} time,count: 0s,8", "m{h=} time,count: 0s,2"]),
        Question(
            "SELECT count(v) FROM m GROUP BY h ORDER BY time DESC SLIMIT 1 SOFFSET 1", ["m{h=h1} time,count: 0s,8"]),
    ]

    static let shows: [Question] = [
        Question("SHOW DATABASES", ["databases name: 'dd'"]),
        Question("SHOW MEASUREMENTS", ["measurements name: 'm'; 'n'; 'odd name'"]),
        Question("SHOW MEASUREMENTS ON dd", ["measurements name: 'm'; 'n'; 'odd name'"]),
        Question("SHOW MEASUREMENTS LIMIT 1", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS LIMIT 1 OFFSET 1", ["measurements name: 'n'"]),
        Question("SHOW MEASUREMENTS OFFSET 10", []),
        Question("SHOW MEASUREMENTS WITH MEASUREMENT = m", ["measurements name: 'm'"]),
        Question("SHOW MEASUREMENTS WITH MEASUREMENT =~ /m|n/", ["measurements name: 'm'; 'n'; 'odd name'"]),
        Question("SHOW MEASUREMENTS WITH MEASUREMENT = nope", []),
        Question("SHOW MEASUREMENTS ON nope", []),
        Question("SHOW TAG KEYS", ["m tagKey: 'h'; 'r'", "n tagKey: 'z'", "odd name tagKey: 'odd, tag'"]),
        Question("SHOW TAG KEYS FROM m", ["m tagKey: 'h'; 'r'"]),
        Question("SHOW TAG KEYS FROM m LIMIT 1", ["m tagKey: 'h'"]),
        Question("SHOW TAG KEYS FROM m LIMIT 1 OFFSET 1", ["m tagKey: 'r'"]),
        Question("SHOW TAG KEYS FROM nope", []),
        Question("SHOW TAG KEYS FROM /m|n/", ["m tagKey: 'h'; 'r'", "n tagKey: 'z'", "odd name tagKey: 'odd, tag'"]),
        Question("SHOW TAG VALUES WITH KEY = h", ["m key,value: 'h','h1'; 'h','h2'; 'h','h3'"]),
        Question("SHOW TAG VALUES FROM m WITH KEY = r", ["m key,value: 'r','a'; 'r','b'"]),
        Question(
            "SHOW TAG VALUES FROM m WITH KEY IN (h, r)", ["m key,value: 'h','h1'; 'h','h2'; 'h','h3'; 'r','a'; 'r','b'"]
        ),
        Question("SHOW TAG VALUES FROM m WITH KEY IN (h, r) LIMIT 2", ["m key,value: 'h','h1'; 'h','h2'"]),
        Question("SHOW TAG VALUES FROM m WITH KEY IN (h, r) LIMIT 2 OFFSET 2", ["m key,value: 'h','h3'; 'r','a'"]),
        Question("SHOW TAG VALUES FROM m WITH KEY != h", ["m key,value: 'r','a'; 'r','b'"]),
        Question(
            "SHOW TAG VALUES WITH KEY =~ /h|z/",
            ["m key,value: 'h','h1'; 'h','h2'; 'h','h3'", "n key,value: 'z','1'; 'z','2'"]),
        Question("SHOW TAG VALUES FROM m WITH KEY !~ /h/", ["m key,value: 'r','a'; 'r','b'"]),
        Question("SHOW TAG VALUES WITH KEY = nope", []),
        Question(#"SHOW TAG VALUES WITH KEY = "odd, tag""#, ["odd name key,value: 'odd, tag','x=y z'; 'odd, tag','ä'"]),
        Question("SHOW TAG VALUES ON nope WITH KEY = h", ["error: database not found: nope"]),
        Question(
            "SHOW FIELD KEYS",
            [
                "m fieldKey,fieldType: 'b','boolean'; 'i','integer'; 's','string'; 'v','float'",
                "n fieldKey,fieldType: 'q','integer'; 'w','string'",
                "odd name fieldKey,fieldType: 'odd field','string'",
            ]),
        Question(
            "SHOW FIELD KEYS FROM m", ["m fieldKey,fieldType: 'b','boolean'; 'i','integer'; 's','string'; 'v','float'"]),
        Question("SHOW FIELD KEYS FROM nope", []),
        Question("SHOW FIELD KEYS FROM m LIMIT 2 OFFSET 1", ["m fieldKey,fieldType: 'i','integer'; 's','string'"]),
        Question(
            "SHOW SERIES",
            [
                #" key: 'm'; 'm,h=h1,r=a'; 'm,h=h2,r=b'; 'm,h=h3'; 'm,r=a'; 'n,z=1'; 'n,z=2'; 'odd\ name,odd\,\ tag=x\=y\ z'; 'odd\ name,odd\,\ tag=ä'"#
            ]),
        Question("SHOW SERIES FROM m", [" key: 'm'; 'm,h=h1,r=a'; 'm,h=h2,r=b'; 'm,h=h3'; 'm,r=a'"]),
        Question("SHOW SERIES FROM m LIMIT 1", [" key: 'm'"]),
        Question("SHOW SERIES FROM nope", []),
        Question("SHOW SERIES LIMIT 2 OFFSET 1", [" key: 'm,h=h1,r=a'; 'm,h=h2,r=b'"]),
        Question(
            "SHOW RETENTION POLICIES",
            [" name,duration,shardGroupDuration,replicaN,default: 'autogen','0s','168h0m0s',1,true"]),
        Question(
            "SHOW RETENTION POLICIES ON dd",
            [" name,duration,shardGroupDuration,replicaN,default: 'autogen','0s','168h0m0s',1,true"]),
        Question("SHOW RETENTION POLICIES ON nope", ["error: database not found: nope"]),
    ]

    static let errors: [Question] = [
        Question("SELECT v FROM m WHERE b", ["error: invalid condition expression: b"]),
        Question("SELECT v FROM nodb..m", ["error: database not found: nodb"]),
        Question("SELECT v FROM dd.nopolicy.m", ["error: retention policy not found: nopolicy"]),
        Question("SELECT sum(s) FROM m", ["error: unsupported sum iterator type: *query.stringInterruptIterator"]),
        Question("SELECT mean(b) FROM m", ["error: unsupported mean iterator type: *query.booleanInterruptIterator"]),
        Question("SELECT max(s) FROM m", ["error: unsupported max iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT percentile(v) FROM m", ["error: invalid number of arguments for percentile, expected 2, got 1"]),
        Question("SELECT mean(v) FROM m GROUP BY time(5)", ["error: time dimension must have duration argument"]),
        Question("SELECT mean(v) FROM m GROUP BY time()", ["error: time dimension expected 1 or 2 arguments"]),
        Question("SELECT mean(v) FROM m GROUP BY time(0s)", ["m time,mean: 0s,8.51470588235"]),
        Question("SELECT v FROM m GROUP BY time(5m)", ["error: GROUP BY requires at least one aggregate function"]),
        Question("SELECT mean(v), v FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT mean(v), h FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT mean() FROM m", ["error: invalid number of arguments for mean, expected 1, got 0"]),
        Question("SELECT mean(v, 3) FROM m", ["error: invalid number of arguments for mean, expected 1, got 2"]),
        Question("SELECT count(v + 1) FROM m", ["error: expected field argument in count()"]),
        Question("SELECT nofunction(v) FROM m", ["error: undefined function nofunction()"]),
        Question("SELECT v FROM m WHERE time != 5s", ["error: invalid time comparison operator: !="]),
        Question(
            "SELECT v FROM m WHERE time > 'x'",
            ["error: invalid operation: time and *influxql.StringLiteral are not compatible"]),
        Question("SELECT mean(v) FROM m GROUP BY 5", ["error: only time and tag dimensions allowed"]),
        Question("SELECT mean(v) FROM m GROUP BY time(1m), time(2m)", ["error: multiple time dimensions not allowed"]),
        Question("SELECT time FROM m", ["error: at least 1 non-time field must be queried"]),
        Question("SELECT 1 FROM m", ["error: field must contain at least one variable"]),
        Question("SELECT percentile(v, 'x') FROM m", ["error: expected float argument in percentile()"]),
        Question(
            "SELECT v FROM m LIMIT -1", ["error: error parsing query: found -, expected integer at line 1, char 23"]),
        Question("SELECT mean(mean(v)) FROM m", ["error: expected field argument in mean()"]),
        Question(
            "SELECT max(v), min(v), h FROM m",
            ["error: mixing multiple selector functions with tags or fields is not supported"]),
        Question("SELECT mean(v), 1 FROM m", ["error: field must contain at least one variable"]),
        Question("SELECT v FROM m WHERE v > 1 OR b", ["error: invalid condition expression: b"]),
        Question("SELECT v FROM m WHERE 'x'", ["error: invalid condition expression: 'x'"]),
        Question(
            "SELECT spread(b) FROM m", ["error: unsupported spread iterator type: *query.booleanInterruptIterator"]),
        Question(
            "SELECT percentile(s, 50) FROM m",
            ["error: unsupported percentile iterator type: *query.stringInterruptIterator"]),
        Question("SELECT nofunction(v) FROM nope", ["error: undefined function nofunction()"]),
        Question("SELECT mean(*), v FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT max(v) FROM m fill(0)", ["m time,max: 700s,100.5"]),
        Question(
            "SELECT v FROM m fill(0)",
            [
                "m time,v: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5"
            ]),
        Question("SELECT v + mean(v) FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT v + h FROM m", ["error: type error: v::float + h::tag: incompatible types: float and tag"]),
        Question(
            "SELECT v + s FROM m", ["error: type error: v::float + s::string: incompatible types: float and string"]),
        Question(
            "SELECT s + v FROM m", ["error: type error: s::string + v::float: incompatible types: string and float"]),
        Question(
            "SELECT v + b FROM m", ["error: type error: v::float + b::boolean: incompatible types: float and boolean"]),
        Question(
            "SELECT b + b FROM m",
            ["error: type error: b::boolean + b::boolean: incompatible types: boolean and boolean"]),
        Question(
            "SELECT s + s FROM m", ["error: type error: s::string + s::string: incompatible types: string and string"]),
        Question(
            "SELECT v + i + s FROM m",
            ["error: type error: v::float + i::integer + s::string: incompatible types: float and string"]),
        Question(
            "SELECT (v + s) * 2 FROM m",
            ["error: type error: v::float + s::string: incompatible types: float and string"]),
        Question("SELECT v + 'x' FROM m", ["error: type error: v::float + 'x': incompatible types: float and string"]),
        Question(
            "SELECT v + true FROM m", ["error: type error: v::float + true: incompatible types: float and boolean"]),
        Question(
            "SELECT v + nope + s FROM m",
            ["error: type error: v::float + nope + s::string: incompatible types: float and string"]),
        Question(
            "SELECT sum(s) + 1 FROM m",
            ["error: type error: sum(s::string) + 1: incompatible types: string and integer"]),
        Question(
            "SELECT max(v) + last(s) FROM m",
            ["error: type error: max(v::float) + last(s::string): incompatible types: float and string"]),
        Question(
            "SELECT first(b) * 2 FROM m",
            ["error: type error: first(b::boolean) * 2: incompatible types: boolean and integer"]),
        Question(
            "SELECT i & v FROM m", ["error: type error: i::integer & v::float: incompatible types: integer and float"]),
        Question("SELECT v & 1 FROM m", ["error: type error: v::float & 1: incompatible types: float and integer"]),
        Question("SELECT v | 1 FROM m", ["error: type error: v::float | 1: incompatible types: float and integer"]),
        Question(
            "SELECT max(v) & 1 FROM m", ["error: type error: max(v::float) & 1: incompatible types: float and integer"]),
        Question(
            "SELECT mean(i) & 1 FROM m",
            ["error: type error: mean(i::integer) & 1: incompatible types: float and integer"]),
        Question("SELECT -s FROM m", ["error: type error: -1 * s::string: incompatible types: integer and string"]),
        Question("SELECT 1 + s FROM m", ["error: type error: 1 + s::string: incompatible types: integer and string"]),
        Question(
            "SELECT percentile(v, 50) + first(s) FROM m",
            ["error: type error: percentile(v::float, 50) + first(s::string): incompatible types: float and string"]),
    ]
}
