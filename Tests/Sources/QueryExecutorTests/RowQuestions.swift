/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let raw: [Question] = [
        Question(
            "SELECT * FROM m",
            [
                "m time,b,h,i,r,s,v: -120s,null,'h3',null,null,null,-4.75; 0s,null,'h1',0,'a','x',1.5; 5s,null,'h2',10,'b',null,4.5; 60s,true,'h1',1,'a',null,2.25; 65s,null,null,-3,'a',null,5.5; 95s,null,'h2',7,'b',null,-1.25; 120s,null,'h1',2,'a','',4; 130s,null,'h3',7,null,null,null; 180s,false,'h1',3,'a',null,3.75; 185s,null,'h2',null,'b','late',2; 275s,null,'h2',1,'b','h2',4; 360s,true,'h1',2,'a','xy',6.5; 420s,null,'h1',3,'a',null,-2; 455s,null,'h2',-5,'b',null,7; 480s,null,'h1',0,'a',null,2.75; 540s,null,'h1',1,'a',null,8.25; 600s,false,'h3',null,null,null,0.25; 700s,null,null,null,null,null,100.5"
            ]),
        Question(
            "SELECT v FROM m",
            [
                "m time,v: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5"
            ]),
        Question(
            "SELECT v, h FROM m",
            [
                "m time,v,h: -120s,-4.75,'h3'; 0s,1.5,'h1'; 5s,4.5,'h2'; 60s,2.25,'h1'; 65s,5.5,null; 95s,-1.25,'h2'; 120s,4,'h1'; 180s,3.75,'h1'; 185s,2,'h2'; 275s,4,'h2'; 360s,6.5,'h1'; 420s,-2,'h1'; 455s,7,'h2'; 480s,2.75,'h1'; 540s,8.25,'h1'; 600s,0.25,'h3'; 700s,100.5,null"
            ]),
        Question(
            "SELECT v, s, b, i FROM m WHERE h = 'h1'",
            [
                "m time,v,s,b,i: 0s,1.5,'x',null,0; 60s,2.25,null,true,1; 120s,4,'',null,2; 180s,3.75,null,false,3; 360s,6.5,'xy',true,2; 420s,-2,null,null,3; 480s,2.75,null,null,0; 540s,8.25,null,null,1"
            ]),
        Question("SELECT v AS x, i FROM m LIMIT 2", ["m time,x,i: -120s,-4.75,null; 0s,1.5,0"]),
        Question("SELECT v, v FROM m LIMIT 1", ["m time,v,v_1: -120s,-4.75,-4.75"]),
        Question("SELECT h FROM m", []),
        Question("SELECT h, r FROM m", []),
        Question("SELECT nope FROM m", []),
        Question("SELECT v, nope FROM m LIMIT 2", ["m time,v,nope: -120s,-4.75,null; 0s,1.5,null"]),
        Question("SELECT v FROM nope", []),
        Question("SELECT s FROM m", ["m time,s: 0s,'x'; 120s,''; 185s,'late'; 275s,'h2'; 360s,'xy'"]),
        Question("SELECT b FROM m", ["m time,b: 60s,true; 180s,false; 360s,true; 600s,false"]),
        Question("SELECT *::field FROM m LIMIT 2", ["m time,b,i,s,v: -120s,null,null,null,-4.75; 0s,null,0,'x',1.5"]),
        Question("SELECT *::tag FROM m", []),
        Question("SELECT *::tag, v FROM m LIMIT 2", ["m time,h,r,v: -120s,'h3',null,-4.75; 0s,'h1','a',1.5"]),
        Question("SELECT /^[iv]$/ FROM m LIMIT 2", ["m time,i,v: -120s,null,-4.75; 0s,0,1.5"]),
        Question("SELECT /^[hv]$/ FROM m LIMIT 2", ["m time,h,v: -120s,'h3',-4.75; 0s,'h1',1.5"]),
        Question("SELECT v::float FROM m LIMIT 1", ["m time,v: -120s,-4.75"]),
        Question("SELECT h::tag, v::field FROM m LIMIT 1", ["m time,h,v: -120s,'h3',-4.75"]),
        Question(#"SELECT "odd field" FROM "odd name""#, [#"odd name time,odd field: 1s,'a/b "c"'; 1000000s,'☃'"#]),
        Question(
            #"SELECT "odd field", "odd, tag" FROM "odd name" WHERE "odd, tag" = 'x=y z'"#,
            [#"odd name time,odd field,odd, tag: 1s,'a/b "c"','x=y z'"#]),
        Question(
            "SELECT v, q FROM m, n",
            [
                "m time,v,q: -120s,-4.75,null; 0s,1.5,null; 5s,4.5,null; 60s,2.25,null; 65s,5.5,null; 95s,-1.25,null; 120s,4,null; 180s,3.75,null; 185s,2,null; 275s,4,null; 360s,6.5,null; 420s,-2,null; 455s,7,null; 480s,2.75,null; 540s,8.25,null; 600s,0.25,null; 700s,100.5,null",
                "n time,v,q: 10s,null,5; 20s,null,9",
            ]),
        Question(
            "SELECT v FROM /m|n/",
            [
                "m time,v: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5"
            ]),
        Question("SELECT * FROM /^n$/", ["n time,q,w,z: 10s,5,null,'1'; 20s,9,'t','2'"]),
        Question("SELECT * FROM dd.autogen.n", ["n time,q,w,z: 10s,5,null,'1'; 20s,9,'t','2'"]),
        Question("SELECT * FROM dd..n", ["n time,q,w,z: 10s,5,null,'1'; 20s,9,'t','2'"]),
        Question("SELECT * FROM autogen.n", ["n time,q,w,z: 10s,5,null,'1'; 20s,9,'t','2'"]),
    ]

    static let math: [Question] = [
        Question(
            "SELECT v + i FROM m",
            [
                "m time,v_i: -120s,null; 0s,1.5; 5s,14.5; 60s,3.25; 65s,2.5; 95s,5.75; 120s,6; 130s,null; 180s,6.75; 185s,null; 275s,5; 360s,8.5; 420s,1; 455s,2; 480s,2.75; 540s,9.25; 600s,null; 700s,null"
            ]),
        Question(
            "SELECT v * 2 AS d, i / 2, i % 3 FROM m WHERE h = 'h1'",
            [
                "m time,d,i,i_1: 0s,3,0,0; 60s,4.5,0.5,1; 120s,8,1,2; 180s,7.5,1.5,0; 360s,13,1,2; 420s,-4,1.5,0; 480s,5.5,0,0; 540s,16.5,0.5,1"
            ]),
        Question("SELECT -v FROM m LIMIT 2", ["m time,v: -120s,4.75; 0s,-1.5"]),
        Question("SELECT (v + 1) * 2 FROM m LIMIT 2", ["m time,v: -120s,-7.5; 0s,5"]),
        Question("SELECT i & 3, i | 8, i ^ 1 FROM m WHERE h = 'h1' LIMIT 2", ["m time,i,i_1,i_2: 0s,0,8,1; 60s,1,9,0"]),
        Question("SELECT v / 0 FROM m LIMIT 1", ["m time,v: -120s,0"]),
        Question("SELECT i / i FROM m LIMIT 3", ["m time,i_i: 0s,0; 5s,1; 60s,1"]),
        Question("SELECT 2 * v - i FROM m LIMIT 2", ["m time,v_i: -120s,null; 0s,3"]),
        Question("SELECT mean(v) * 2 + 1 AS x FROM m", ["m time,x: 0s,18.0294117647"]),
        Question("SELECT max(v) - min(v) FROM m", ["m time,max_min: 0s,105.25"]),
        Question("SELECT sum(i) / count(i) FROM m", ["m time,sum_count: 0s,2.07142857143"]),
        Question(
            "SELECT max(v) - min(v), spread(v) FROM m GROUP BY h",
            [
                "m{h=} time,max_min,spread: 0s,95,95", "m{h=h1} time,max_min,spread: 0s,10.25,10.25",
                "m{h=h2} time,max_min,spread: 0s,8.25,8.25", "m{h=h3} time,max_min,spread: 0s,5,5",
            ]),
        Question(
            "SELECT b & b, b | true, b ^ true FROM m",
            ["m time,b_b,b,b_1: 60s,true,true,false; 180s,false,true,true; 360s,true,true,false; 600s,false,true,true"]),
    ]

    static let casts: [Question] = [
        Question("SELECT v::integer FROM m WHERE h = 'h1' LIMIT 2", ["m time,v: 0s,1; 60s,2"]),
        Question("SELECT i::float FROM m WHERE h = 'h1' LIMIT 2", ["m time,i: 0s,0; 60s,1"]),
        Question("SELECT v::string FROM m WHERE h = 'h1' LIMIT 2", []),
        Question("SELECT s::float FROM m WHERE h = 'h1' LIMIT 2", []),
        Question("SELECT b::integer FROM m WHERE h = 'h1' LIMIT 2", []),
        Question("SELECT h::field FROM m WHERE h = 'h1' LIMIT 2", []),
        Question("SELECT v, h::field FROM m WHERE h = 'h1' LIMIT 2", ["m time,v,h: 0s,1.5,null; 60s,2.25,null"]),
        Question("SELECT v::tag FROM m WHERE h = 'h1' LIMIT 2", []),
        Question("SELECT v, v::tag FROM m WHERE h = 'h1' LIMIT 2", ["m time,v,v_1: 0s,1.5,null; 60s,2.25,null"]),
        Question("SELECT v::field FROM m WHERE h = 'h1' LIMIT 2", ["m time,v: 0s,1.5; 60s,2.25"]),
        Question("SELECT v, h::string FROM m WHERE h = 'h1' LIMIT 2", ["m time,v,h: 0s,1.5,null; 60s,2.25,null"]),
        Question("SELECT v, h::tag FROM m WHERE h = 'h1' LIMIT 2", ["m time,v,h: 0s,1.5,'h1'; 60s,2.25,'h1'"]),
        Question("SELECT v::integer AS a, v FROM m WHERE h = 'h1' LIMIT 2", ["m time,a,v: 0s,1,1.5; 60s,2,2.25"]),
        Question("SELECT v, nope::float FROM m WHERE h = 'h1' LIMIT 2", ["m time,v,nope: 0s,1.5,null; 60s,2.25,null"]),
        Question("SELECT b::boolean FROM m WHERE h = 'h1' LIMIT 2", ["m time,b: 60s,true; 180s,false"]),
        Question("SELECT v::float / 2 FROM m WHERE h = 'h1' LIMIT 2", ["m time,v: 0s,0.75; 60s,1.125"]),
        Question("SELECT v::integer + 1 FROM m WHERE h = 'h1' LIMIT 2", ["m time,v: 0s,2; 60s,3"]),
        Question("SELECT mean(v::float) FROM m WHERE h = 'h1' LIMIT 2", ["m time,mean: 0s,3.375"]),
        Question("SELECT v FROM m WHERE v::integer = 2", ["m time,v: 60s,2.25; 185s,2; 480s,2.75"]),
        Question("SELECT v FROM m WHERE v::tag = 2", []),
        Question(
            "SELECT v FROM m WHERE h::tag = 'h1'",
            ["m time,v: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25"]),
        Question("SELECT v FROM m WHERE h::field = 'h1'", []),
        Question("SELECT v FROM m WHERE i::float > 2.5", ["m time,v: 5s,4.5; 95s,-1.25; 180s,3.75; 420s,-2"]),
        Question("SELECT v FROM m WHERE v::string = 'x'", []),
        Question("SELECT v FROM m WHERE s::string = 'x'", ["m time,v: 0s,1.5"]),
        Question("SELECT v FROM m WHERE b & true = true", ["m time,v: 60s,2.25; 360s,6.5"]),
        Question("SELECT v FROM m WHERE v & 1 = 1", []),
        Question("SELECT v FROM m WHERE s + s = 1", []),
    ]

    static let conditions: [Question] = [
        Question(
            "SELECT v FROM m WHERE h = 'h1'",
            ["m time,v: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25"]),
        Question(
            "SELECT v FROM m WHERE h != 'h1'",
            ["m time,v: -120s,-4.75; 5s,4.5; 65s,5.5; 95s,-1.25; 185s,2; 275s,4; 455s,7; 600s,0.25; 700s,100.5"]),
        Question("SELECT v FROM m WHERE h = ''", ["m time,v: 65s,5.5; 700s,100.5"]),
        Question(
            "SELECT v FROM m WHERE h != ''",
            [
                "m time,v: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25"
            ]),
        Question("SELECT v FROM m WHERE r = '' AND h = 'h3'", ["m time,v: -120s,-4.75; 600s,0.25"]),
        Question("SELECT v FROM m WHERE r =~ /a|b/ LIMIT 3", ["m time,v: 0s,1.5; 5s,4.5; 60s,2.25"]),
        Question("SELECT v FROM m WHERE h =~ /^h[12]$/ AND v < 0", ["m time,v: 95s,-1.25; 420s,-2"]),
        Question("SELECT v FROM m WHERE h !~ /[12]/", ["m time,v: -120s,-4.75; 65s,5.5; 600s,0.25; 700s,100.5"]),
        Question("SELECT v FROM m WHERE r !~ /./", ["m time,v: -120s,-4.75; 600s,0.25; 700s,100.5"]),
        Question("SELECT v FROM m WHERE v > 4", ["m time,v: 5s,4.5; 65s,5.5; 360s,6.5; 455s,7; 540s,8.25; 700s,100.5"]),
        Question(
            "SELECT v FROM m WHERE v >= 4",
            ["m time,v: 5s,4.5; 65s,5.5; 120s,4; 275s,4; 360s,6.5; 455s,7; 540s,8.25; 700s,100.5"]),
        Question("SELECT v FROM m WHERE v = 4", ["m time,v: 120s,4; 275s,4"]),
        Question(
            "SELECT v FROM m WHERE v != 4",
            [
                "m time,v: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 180s,3.75; 185s,2; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5"
            ]),
        Question(
            "SELECT v FROM m WHERE v <> 4 AND v <= 3",
            ["m time,v: -120s,-4.75; 0s,1.5; 60s,2.25; 95s,-1.25; 185s,2; 420s,-2; 480s,2.75; 600s,0.25"]),
        Question("SELECT v FROM m WHERE 4 < v", ["m time,v: 5s,4.5; 65s,5.5; 360s,6.5; 455s,7; 540s,8.25; 700s,100.5"]),
        Question("SELECT v FROM m WHERE v + i > 6", ["m time,v: 5s,4.5; 180s,3.75; 360s,6.5; 540s,8.25"]),
        Question("SELECT v FROM m WHERE v * 2 = 9", ["m time,v: 5s,4.5"]),
        Question(
            "SELECT v FROM m WHERE v > i",
            ["m time,v: 0s,1.5; 60s,2.25; 65s,5.5; 120s,4; 180s,3.75; 275s,4; 360s,6.5; 455s,7; 480s,2.75; 540s,8.25"]),
        Question("SELECT v FROM m WHERE i = 3", ["m time,v: 180s,3.75; 420s,-2"]),
        Question("SELECT v FROM m WHERE i > 2.5", ["m time,v: 5s,4.5; 95s,-1.25; 180s,3.75; 420s,-2"]),
        Question("SELECT v FROM m WHERE i % 2 = 0", ["m time,v: 0s,1.5; 5s,4.5; 120s,4; 360s,6.5; 480s,2.75"]),
        Question("SELECT v FROM m WHERE s = 'x'", ["m time,v: 0s,1.5"]),
        Question("SELECT v FROM m WHERE s != 'x'", ["m time,v: 120s,4; 185s,2; 275s,4; 360s,6.5"]),
        Question("SELECT v FROM m WHERE s =~ /^x/", ["m time,v: 0s,1.5; 360s,6.5"]),
        Question("SELECT s FROM m WHERE s !~ /^x/", ["m time,s: 120s,''; 185s,'late'; 275s,'h2'"]),
        Question("SELECT v FROM m WHERE s = 'nope'", []),
        Question("SELECT v FROM m WHERE b = true", ["m time,v: 60s,2.25; 360s,6.5"]),
        Question("SELECT v FROM m WHERE b = false", ["m time,v: 180s,3.75; 600s,0.25"]),
        Question("SELECT v FROM m WHERE b != true", ["m time,v: 180s,3.75; 600s,0.25"]),
        Question("SELECT v FROM m WHERE s > 'a'", []),
        Question("SELECT v FROM m WHERE true LIMIT 1", ["m time,v: -120s,-4.75"]),
        Question("SELECT v FROM m WHERE false", []),
        Question(
            "SELECT v FROM m WHERE v > 4 OR i = 1",
            ["m time,v: 5s,4.5; 60s,2.25; 65s,5.5; 275s,4; 360s,6.5; 455s,7; 540s,8.25; 700s,100.5"]),
        Question(
            "SELECT v FROM m WHERE h = 'h2' OR v > 5",
            ["m time,v: 5s,4.5; 65s,5.5; 95s,-1.25; 185s,2; 275s,4; 360s,6.5; 455s,7; 540s,8.25; 700s,100.5"]),
        Question(
            "SELECT v FROM m WHERE (h = 'h1' OR h = 'h2') AND (i = 1 OR i = 2)",
            ["m time,v: 60s,2.25; 120s,4; 275s,4; 360s,6.5; 540s,8.25"]),
        Question("SELECT v FROM m WHERE h = 'h1' AND r = 'b'", []),
        Question("SELECT v FROM m WHERE h = 'nope'", []),
        Question("SELECT v FROM m WHERE nope = 'x'", []),
        Question(
            "SELECT v FROM m WHERE nope != 'x'",
            [
                "m time,v: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5"
            ]),
        Question("SELECT v FROM m WHERE nope > 1", []),
        Question("SELECT v FROM m WHERE v = 'x'", []),
        Question("SELECT v FROM m WHERE s = 3", []),
        Question("SELECT v FROM m WHERE h > 'h1'", []),
        Question(
            "SELECT v FROM m WHERE 'h1' = h",
            ["m time,v: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25"]),
        Question("SELECT count(v) FROM m WHERE v > 4", ["m time,count: 0s,6"]),
        Question("SELECT count(v) FROM m WHERE s = 'x'", ["m time,count: 0s,1"]),
        Question(
            "SELECT mean(v) FROM m WHERE i > 1 GROUP BY h",
            ["m{h=h1} time,mean: 0s,3.0625", "m{h=h2} time,mean: 0s,1.625"]),
        Question("SELECT v FROM m WHERE time = 60s", ["m time,v: 60s,2.25"]),
        Question("SELECT v FROM m WHERE time > 60s AND time <= 120s", ["m time,v: 65s,5.5; 95s,-1.25; 120s,4"]),
        Question("SELECT v FROM m WHERE time >= 60s AND time < 120s", ["m time,v: 60s,2.25; 65s,5.5; 95s,-1.25"]),
        Question("SELECT v FROM m WHERE time < 0", ["m time,v: -120s,-4.75"]),
        Question("SELECT v FROM m WHERE time < 0s AND time > -1h", ["m time,v: -120s,-4.75"]),
        Question("SELECT v FROM m WHERE time = 60000000000", ["m time,v: 60s,2.25"]),
        Question(
            "SELECT v FROM m WHERE time >= '1970-01-01T00:09:00Z'", ["m time,v: 540s,8.25; 600s,0.25; 700s,100.5"]),
        Question(
            "SELECT v FROM m WHERE time >= '1970-01-01 00:09:00' AND time < '1970-01-01 00:11:40.000000001'",
            ["m time,v: 540s,8.25; 600s,0.25; 700s,100.5"]),
        Question("SELECT v FROM m WHERE time >= '1970-01-02'", []),
        Question("SELECT v FROM m WHERE time > 1m + 1m AND time < 10m - 400s", ["m time,v: 180s,3.75; 185s,2"]),
        Question("SELECT v FROM m WHERE 60s = time", ["m time,v: 60s,2.25"]),
        Question("SELECT v FROM m WHERE 600s < time", ["m time,v: 700s,100.5"]),
        Question("SELECT v FROM m WHERE time > 100s AND time < 50s", []),
        Question("SELECT v FROM m WHERE (time >= 60s) AND (time <= 90s)", ["m time,v: 60s,2.25; 65s,5.5"]),
        Question("SELECT v FROM m WHERE time > now()", []),
        Question(
            "SELECT v FROM m WHERE time < now() - 1d AND v > 5",
            ["m time,v: 65s,5.5; 360s,6.5; 455s,7; 540s,8.25; 700s,100.5"]),
        Question("SELECT v FROM m WHERE time > 1s AND time > 600s", ["m time,v: 700s,100.5"]),
        Question(
            "SELECT v FROM m WHERE time >= 'nonsense'",
            ["error: invalid operation: time and *influxql.StringLiteral are not compatible"]),
        Question(
            #"SELECT "odd field" FROM "odd name" WHERE "odd field" =~ /a\/b/"#,
            [#"odd name time,odd field: 1s,'a/b "c"'"#]),
        Question(
            "SELECT i, h FROM m WHERE (h != 'h2' OR s != '')",
            [
                "m time,i,h: 0s,0,'h1'; 60s,1,'h1'; 65s,-3,null; 120s,2,'h1'; 130s,7,'h3'; 180s,3,'h1'; 275s,1,'h2'; 360s,2,'h1'; 420s,3,'h1'; 480s,0,'h1'; 540s,1,'h1'"
            ]),
        Question("SELECT count(i), sum(v) FROM m WHERE i = 3 OR h !~ /3/", ["m time,count,sum: 0s,13,149.25"]),
        Question("SELECT v FROM m WHERE h = '' AND r = '' OR v > 7", ["m time,v: 540s,8.25; 700s,100.5"]),
        Question(
            "SELECT v FROM m WHERE nope != 'x' AND v > 4 OR nope = 'x' AND v < 0",
            ["m time,v: 5s,4.5; 65s,5.5; 360s,6.5; 455s,7; 540s,8.25; 700s,100.5"]),
    ]
}
