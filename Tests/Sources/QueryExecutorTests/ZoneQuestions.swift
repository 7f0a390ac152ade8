/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let zones: [Question] = [
        Question(
            "SELECT count(v) FROM t WHERE time >= '2024-03-29T00:00:00Z' AND time < '2024-04-02T00:00:00Z' GROUP BY time(1d) tz('Europe/Berlin')",
            ["t time,count: 1711666800s,4; 1711753200s,4; 1711839600s,4; 1711922400s,4; 1712008800s,0"]),
        Question(
            "SELECT count(v) FROM t WHERE time >= '2024-03-29' AND time < '2024-04-02' GROUP BY time(1d) tz('Europe/Berlin')",
            ["t time,count: 1711666800s,4; 1711753200s,4; 1711839600s,4; 1711922400s,4"]),
        Question(
            "SELECT count(v) FROM t WHERE time >= '2024-03-29 00:00:00' AND time < '2024-04-02 00:00:00' GROUP BY time(1d) tz('America/New_York')",
            ["t time,count: 1711684800s,4; 1711771200s,4; 1711857600s,4; 1711944000s,4"]),
        Question(
            "SELECT mean(v), max(v) FROM t WHERE time >= '2024-10-25' AND time < '2024-10-30' GROUP BY time(1d) tz('Europe/Berlin')",
            [
                "t time,mean,max: 1729807200s,1.5,3; 1729893600s,5.5,7; 1729980000s,9.5,11; 1730070000s,13.5,15; 1730156400s,17.5,19"
            ]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(12h) tz('Europe/Berlin')",
            [
                "t time,sum: 1711753200s,17; 1711796400s,21; 1711839600s,25; 1711879200s,29; 1711922400s,33; 1711965600s,37"
            ]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-10-26' AND time < '2024-10-29' GROUP BY time(12h) tz('Europe/Berlin')",
            [
                "t time,sum: 1729893600s,9; 1729936800s,13; 1729980000s,17; 1730026800s,21; 1730070000s,25; 1730113200s,29"
            ]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(6h) fill(none) tz('Europe/Berlin')",
            [
                "t time,sum: 1711753200s,8; 1711774800s,9; 1711796400s,10; 1711818000s,11; 1711839600s,12; 1711857600s,13; 1711879200s,14; 1711900800s,15; 1711922400s,16; 1711944000s,17; 1711965600s,18; 1711987200s,19"
            ]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-03-25' AND time < '2024-04-10' GROUP BY time(1w) tz('Europe/Berlin')",
            ["t time,sum: 1710975600s,null; 1711580400s,276; 1712181600s,null"]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(1d) fill(previous) ORDER BY time DESC tz('Europe/Berlin')",
            ["t time,sum: 1711922400s,70; 1711839600s,54; 1711753200s,38"]),
        Question(
            "SELECT first(v) FROM t WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(1d) fill(none) tz('Australia/Lord_Howe')",
            ["t time,first: 1711717200s,7; 1711803600s,11; 1711890000s,15"]),
        Question(
            "SELECT v FROM t WHERE time >= '2024-03-31 01:00:00' AND time < '2024-03-31 15:00:00' tz('Europe/Berlin')",
            ["t time,v: 1711843200s,12; 1711864800s,13; 1711886400s,14"]),
        Question(
            "SELECT v FROM t WHERE time >= '2024-03-31 01:00:00' AND time < '2024-03-31 15:00:00' tz('Asia/Kathmandu')",
            ["t time,v: 1711843200s,12; 1711864800s,13"]),
        Question("SELECT v FROM t LIMIT 2 tz('UTC')", ["t time,v: 1711584000s,0; 1711605600s,1"]),
        Question("SELECT v FROM t LIMIT 2 tz('')", ["t time,v: 1711584000s,0; 1711605600s,1"]),
        Question("SELECT v FROM t tz('Nowhere/X')", ["error: error parsing query: unable to find time zone Nowhere/X"]),
        Question("SELECT v FROM t tz('utc')", ["error: error parsing query: unable to find time zone utc"]),
        Question("SELECT v FROM t tz(3)", ["error: error parsing query: expected string argument in tz()"]),
        Question(
            "SELECT count(distinct(v)) FROM t WHERE time >= '2024-03-29' AND time < '2024-04-02' GROUP BY time(1d) tz('Europe/Berlin')",
            ["t time,count: 1711666800s,4; 1711753200s,4; 1711839600s,4; 1711922400s,4"]),
        Question(
            "SELECT mode(v) FROM t WHERE time >= '2024-10-25' AND time < '2024-10-30' GROUP BY time(1d) tz('Europe/Berlin')",
            ["t time,mode: 1729807200s,0; 1729893600s,4; 1729980000s,8; 1730070000s,12; 1730156400s,16"]),
        Question(
            "SELECT integral(v, 1h) FROM t WHERE time >= '2024-10-25' AND time < '2024-10-30' GROUP BY time(1d) tz('Europe/Berlin')",
            [
                "t time,integral: 1729807200s,40.3333333333; 1729893600s,136; 1729980000s,243.75; 1730070000s,332; 1730156400s,330.916666667"
            ]),
        Question(
            "SELECT difference(max(v)) FROM t WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(1d) tz('Europe/Berlin')",
            ["t time,difference: 1711753200s,4; 1711839600s,4; 1711922400s,4"]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-03-30' AND time < '2024-04-02' GROUP BY time(1d) LIMIT 2 tz('Europe/Berlin')",
            ["t time,sum: 1711753200s,38; 1711839600s,54"]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-03-31' AND time < '2024-04-01' GROUP BY time(1h) fill(0) tz('Europe/Berlin')",
            [
                "t time,sum: 1711839600s,0; 1711843200s,12; 1711846800s,0; 1711850400s,0; 1711854000s,0; 1711857600s,0; 1711861200s,0; 1711864800s,13; 1711868400s,0; 1711872000s,0; 1711875600s,0; 1711879200s,0; 1711882800s,0; 1711886400s,14; 1711890000s,0; 1711893600s,0; 1711897200s,0; 1711900800s,0; 1711904400s,0; 1711908000s,15; 1711911600s,0; 1711915200s,0; 1711918800s,0"
            ]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-10-27' AND time < '2024-10-28' GROUP BY time(1h) fill(0) tz('Europe/Berlin')",
            [
                "t time,sum: 1729980000s,0; 1729983600s,0; 1729987200s,8; 1729990800s,0; 1729994400s,0; 1729998000s,0; 1730001600s,0; 1730005200s,0; 1730008800s,9; 1730012400s,0; 1730016000s,0; 1730019600s,0; 1730023200s,0; 1730026800s,0; 1730030400s,10; 1730034000s,0; 1730037600s,0; 1730041200s,0; 1730044800s,0; 1730048400s,0; 1730052000s,11; 1730055600s,0; 1730059200s,0; 1730062800s,0; 1730066400s,0"
            ]),
        Question(
            "SELECT sum(v) FROM t WHERE time >= '2024-10-26' AND time < '2024-10-29' GROUP BY time(2h) fill(none) tz('Europe/Berlin')",
            [
                "t time,sum: 1729900800s,4; 1729922400s,5; 1729944000s,6; 1729965600s,7; 1729987200s,8; 1730005200s,9; 1730026800s,10; 1730048400s,11; 1730070000s,12; 1730091600s,13; 1730113200s,14; 1730134800s,15"
            ]),
        Question(
            "SELECT mean(v) FROM t WHERE time >= '2024-03-29' AND time < '2024-04-02' GROUP BY time(3h) fill(linear) LIMIT 12 tz('Europe/Berlin')",
            [
                "t time,mean: 1711666800s,4; 1711677600s,4.5; 1711688400s,5; 1711699200s,5.5; 1711710000s,6; 1711720800s,6.5; 1711731600s,7; 1711742400s,7.5; 1711753200s,8; 1711764000s,8.5; 1711774800s,9; 1711785600s,9.5"
            ]),
    ]
}
