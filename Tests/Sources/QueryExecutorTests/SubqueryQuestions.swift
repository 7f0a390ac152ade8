/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let subqueries: [Question] = [
        Question("SELECT mean(v) FROM (SELECT v FROM m)", ["m time,mean: 0s,8.51470588235"]),
        Question("SELECT v FROM (SELECT v FROM m) WHERE time >= 0s LIMIT 3", ["m time,v: 0s,1.5; 5s,4.5; 60s,2.25"]),
        Question("SELECT * FROM (SELECT v, i FROM m) LIMIT 3", ["m time,i,v: -120s,null,-4.75; 0s,0,1.5; 5s,10,4.5"]),
        Question(
            "SELECT * FROM (SELECT v, h FROM m) LIMIT 3", ["m time,h,v: -120s,'h3',-4.75; 0s,'h1',1.5; 5s,'h2',4.5"]),
        Question(
            "SELECT * FROM (SELECT mean(v) FROM m GROUP BY h)",
            ["m time,h,mean: 0s,'',53; 0s,'h1',3.375; 0s,'h2',3.25; 0s,'h3',-2.25"]),
        Question(
            "SELECT mean FROM (SELECT mean(v) FROM m GROUP BY h) GROUP BY h",
            [
                "m{h=} time,mean: 0s,53", "m{h=h1} time,mean: 0s,3.375", "m{h=h2} time,mean: 0s,3.25",
                "m{h=h3} time,mean: 0s,-2.25",
            ]),
        Question("SELECT max(mean) FROM (SELECT mean(v) FROM m GROUP BY h)", ["m time,max: 0s,53"]),
        Question("SELECT max(mean), h FROM (SELECT mean(v) FROM m GROUP BY h)", ["m time,max,h: 0s,53,''"]),
        Question("SELECT sum(max) FROM (SELECT max(v) FROM m GROUP BY h)", ["m time,sum: 0s,116"]),
        Question(
            "SELECT sum(max) FROM (SELECT max(v) FROM m GROUP BY h, r) GROUP BY r",
            ["m{r=} time,sum: 0s,100.75", "m{r=a} time,sum: 0s,13.75", "m{r=b} time,sum: 0s,7"]),
        Question(
            "SELECT mean(x) FROM (SELECT max(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m), h) GROUP BY h",
            [
                "m{h=} time,mean: 0s,53", "m{h=h1} time,mean: 0s,3.375", "m{h=h2} time,mean: 0s,3.25",
                "m{h=h3} time,mean: 0s,0.25",
            ]),
        Question(
            "SELECT mean(x) FROM (SELECT max(v) AS x FROM m GROUP BY time(1m), h) WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,mean: 0s,2.75; 180s,3.25; 360s,3.5625; 540s,36.3333333333; 720s,null"]),
        Question(
            "SELECT sum(x) FROM (SELECT mean(v) AS x FROM m GROUP BY h) WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,sum: 0s,9.70833333333; 180s,6.75; 360s,9.41666666667; 540s,109; 720s,null"]),
        Question(
            "SELECT sum(x) FROM (SELECT mean(v) AS x FROM m) WHERE time >= 0s AND time < 900s GROUP BY time(3m), h",
            [
                "m{h=} time,sum: 0s,5.5; 180s,null; 360s,null; 540s,100.5; 720s,null",
                "m{h=h1} time,sum: 0s,2.58333333333; 180s,3.75; 360s,2.41666666667; 540s,8.25; 720s,null",
                "m{h=h2} time,sum: 0s,1.625; 180s,3; 360s,7; 540s,null; 720s,null",
                "m{h=h3} time,sum: 0s,null; 180s,null; 360s,null; 540s,0.25; 720s,null",
            ]),
        Question(
            "SELECT sum(x) FROM (SELECT mean(v) AS x FROM m GROUP BY h) WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(0)",
            ["m time,sum: 0s,9.70833333333; 180s,6.75; 360s,9.41666666667; 540s,109; 720s,0"]),
        Question(
            "SELECT max(d) FROM (SELECT derivative(v) AS d FROM m WHERE h = 'h1') WHERE time >= 0s AND time < 500s GROUP BY time(3m)",
            ["m time,max: 0s,5.25; 180s,-0.75; 360s,14.25"]),
        Question(
            "SELECT max(d) FROM (SELECT derivative(v) AS d FROM m GROUP BY h)", ["m time,max: 700s,0.149606299213"]),
        Question(
            "SELECT derivative(x) FROM (SELECT mean(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m))",
            ["m time,derivative: 180s,0.00277777777778; 360s,0.00173611111111; 540s,0.182060185185"]),
        Question(
            "SELECT x FROM (SELECT v * 2 AS x FROM m) WHERE x > 10",
            ["m time,x: 65s,11; 360s,13; 455s,14; 540s,16.5; 700s,201"]),
        Question(
            "SELECT x FROM (SELECT v * 2 AS x, h FROM m) WHERE h = 'h1' AND x > 5",
            ["m time,x: 120s,8; 180s,7.5; 360s,13; 480s,5.5; 540s,16.5"]),
        Question(
            "SELECT x FROM (SELECT v * 2 AS x FROM m GROUP BY h) WHERE h = 'h1'",
            ["m time,x: 0s,3; 60s,4.5; 120s,8; 180s,7.5; 360s,13; 420s,-4; 480s,5.5; 540s,16.5"]),
        Question("SELECT x FROM (SELECT v * 2 AS x FROM m) WHERE h = 'h1'", []),
        Question(
            "SELECT x, h FROM (SELECT v * 2 AS x FROM m GROUP BY h) WHERE x > 5",
            [
                "m time,x,h: 5s,9,'h2'; 65s,11,''; 120s,8,'h1'; 180s,7.5,'h1'; 275s,8,'h2'; 360s,13,'h1'; 455s,14,'h2'; 480s,5.5,'h1'; 540s,16.5,'h1'; 700s,201,''"
            ]),
        Question(
            "SELECT x, r FROM (SELECT v * 2 AS x FROM m GROUP BY h) WHERE x > 5",
            [
                "m time,x,r: 5s,9,null; 65s,11,null; 120s,8,null; 180s,7.5,null; 275s,8,null; 360s,13,null; 455s,14,null; 480s,5.5,null; 540s,16.5,null; 700s,201,null"
            ]),
        Question(
            "SELECT count(x) FROM (SELECT v AS x FROM m WHERE h =~ /h[12]/) WHERE x > 2 GROUP BY h",
            ["m{h=h1} time,count: 0s,6", "m{h=h2} time,count: 0s,3"]),
        Question("SELECT top(x, 2) FROM (SELECT mean(v) AS x FROM m GROUP BY h)", ["m time,top: 0s,53; 0s,3.375"]),
        Question(
            "SELECT top(x, h, 2) FROM (SELECT mean(v) AS x FROM m GROUP BY h)",
            ["m time,top,h: 0s,53,''; 0s,3.375,'h1'"]),
        Question("SELECT sum(top) FROM (SELECT top(v, h, 2) FROM m)", ["m time,sum: 0s,108.75"]),
        Question("SELECT top, h FROM (SELECT top(v, h, 2) FROM m)", ["m time,top,h: 540s,8.25,'h1'; 700s,100.5,null"]),
        Question(
            "SELECT count(distinct) FROM (SELECT distinct(i) FROM m)",
            ["error: error parsing query: found ), expected (, identifier at line 1, char 22"]),
        Question(
            "SELECT count(i) FROM (SELECT distinct(i) AS i FROM m) GROUP BY h",
            [
                "m{h=} time,count: 0s,1", "m{h=h1} time,count: 0s,4", "m{h=h2} time,count: 0s,4",
                "m{h=h3} time,count: 0s,1",
            ]),
        Question(
            "SELECT max(x) - min(x) AS spread FROM (SELECT mean(v) AS x FROM m GROUP BY h)", ["m time,spread: 0s,55.25"]
        ),
        Question(
            "SELECT a + b FROM (SELECT max(v) AS a, min(v) AS b FROM m GROUP BY h)",
            ["m time,a_b: 0s,106; 0s,6.25; 0s,5.75; 0s,-4.5"]),
        Question(
            "SELECT a / b AS q FROM (SELECT mean(v) AS a, mean(i) AS b FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m))",
            ["m time,q: 0s,0.802083333333; 180s,1.625; 360s,0; 540s,36.3333333333"]),
        Question(
            "SELECT mean(q) FROM (SELECT a / b AS q FROM (SELECT mean(v) AS a, max(i) AS b FROM m GROUP BY time(1m), h)) WHERE time >= 0s AND time < 900s GROUP BY h",
            [
                "m{h=} time,mean: 0s,-1.83333333333", "m{h=h1} time,mean: 0s,2.04166666667",
                "m{h=h2} time,mean: 0s,0.717857142857",
            ]),
        Question(
            "SELECT max(y) FROM (SELECT sum(x) AS y FROM (SELECT max(v) AS x FROM m GROUP BY h, r) GROUP BY r)",
            ["m time,max: 0s,100.75"]),
        Question(
            "SELECT max(y) FROM (SELECT sum(x) AS y FROM (SELECT max(v) AS x FROM m GROUP BY h, r) GROUP BY r) GROUP BY r",
            ["m{r=} time,max: 0s,100.75", "m{r=a} time,max: 0s,13.75", "m{r=b} time,max: 0s,7"]),
        Question("SELECT mean(v) FROM (SELECT v FROM m LIMIT 3)", ["m time,mean: 0s,0.416666666667"]),
        Question(
            "SELECT v FROM (SELECT v FROM m ORDER BY time DESC LIMIT 3) ORDER BY time DESC",
            ["m time,v: 700s,100.5; 600s,0.25; 540s,8.25"]),
        Question(
            "SELECT v FROM (SELECT v FROM m LIMIT 3) ORDER BY time DESC", ["m time,v: 700s,100.5; 600s,0.25; 540s,8.25"]
        ),
        Question(
            "SELECT v FROM (SELECT v FROM m ORDER BY time DESC LIMIT 3)",
            ["error: subqueries must be ordered in the same direction as the query itself"]),
        Question(
            "SELECT v FROM (SELECT v FROM m ORDER BY time ASC LIMIT 3) ORDER BY time DESC",
            ["error: subqueries must be ordered in the same direction as the query itself"]),
        Question(
            "SELECT mean(v) FROM (SELECT v FROM m WHERE h = 'h1'), (SELECT v FROM m WHERE h = 'h2')",
            ["m time,mean: 0s,3.32692307692"]),
        Question(
            "SELECT sum(x) FROM (SELECT v AS x FROM m), (SELECT q AS x FROM n)",
            ["m time,sum: 0s,144.75", "n time,sum: 0s,14"]),
        Question(
            "SELECT x FROM (SELECT v AS x FROM m), (SELECT q AS x FROM n)",
            [
                "m time,x: -120s,-4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5",
                "n time,x: 10s,5; 20s,9",
            ]),
        Question("SELECT count(v) FROM m, (SELECT v FROM m WHERE h = 'h1')", ["m time,count: 0s,25"]),
        Question("SELECT v FROM (SELECT v FROM /m|n/) LIMIT 2", ["m time,v: -120s,-4.75; 0s,1.5"]),
        Question("SELECT nope FROM (SELECT v FROM m)", []),
        Question("SELECT mean(nope) FROM (SELECT v FROM m)", []),
        Question("SELECT v, nope FROM (SELECT v FROM m) LIMIT 2", ["m time,v,nope: -120s,-4.75,null; 0s,1.5,null"]),
        Question(
            "SELECT mean(x) FROM (SELECT max(s) AS x FROM m)",
            ["error: unsupported max iterator type: *query.stringInterruptIterator"]),
        Question("SELECT count(x) FROM (SELECT last(s) AS x FROM m GROUP BY h)", ["m time,count: 0s,2"]),
        Question(
            "SELECT x FROM (SELECT mean(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m) fill(previous)) LIMIT 8",
            ["m time,x: 0s,3; 60s,2.16666666667; 120s,4; 180s,2.875; 240s,4; 300s,4; 360s,6.5; 420s,2.5"]),
        Question(
            "SELECT x FROM (SELECT mean(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m)) LIMIT 8",
            ["m time,x: 0s,3; 60s,2.16666666667; 120s,4; 180s,2.875; 240s,4; 360s,6.5; 420s,2.5; 480s,2.75"]),
        Question(
            "SELECT count(x) FROM (SELECT count(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m))",
            ["m time,count: 0s,11"]),
        Question(
            "SELECT count(x) FROM (SELECT count(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m) fill(0))",
            ["m time,count: 0s,15"]),
        Question(
            "SELECT max(x) FROM (SELECT v AS x FROM m) WHERE time >= 100s AND time < 300s", ["m time,max: 120s,4"]),
        Question(
            "SELECT first(x), last(x) FROM (SELECT v AS x FROM m WHERE time < 400s) WHERE time >= 100s GROUP BY h",
            ["m{h=h1} time,first,last: 100s,4,6.5", "m{h=h2} time,first,last: 100s,2,4"]),
        Question(
            "SELECT mean(v) FROM (SELECT v FROM m GROUP BY *) GROUP BY *",
            [
                "m{h=,r=} time,mean: 0s,100.5", "m{h=,r=a} time,mean: 0s,5.5", "m{h=h1,r=a} time,mean: 0s,3.375",
                "m{h=h2,r=b} time,mean: 0s,3.25", "m{h=h3,r=} time,mean: 0s,-2.25",
            ]),
        Question(
            "SELECT mean(v) FROM (SELECT v FROM m GROUP BY h, r) GROUP BY *",
            [
                "m{h=,r=} time,mean: 0s,100.5", "m{h=,r=a} time,mean: 0s,5.5", "m{h=h1,r=a} time,mean: 0s,3.375",
                "m{h=h2,r=b} time,mean: 0s,3.25", "m{h=h3,r=} time,mean: 0s,-2.25",
            ]),
        Question("SELECT mean(v) FROM (SELECT v FROM m) GROUP BY *", ["m time,mean: 0s,8.51470588235"]),
        Question("SELECT mean(/v/) FROM (SELECT v, i FROM m)", ["m time,mean_v: 0s,8.51470588235"]),
        Question(
            "SELECT mean(*) FROM (SELECT v, i, h FROM m)", ["m time,mean_i,mean_v: 0s,2.07142857143,8.51470588235"]),
        Question(
            "SELECT moving_average(x, 2) FROM (SELECT mean(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m), h) GROUP BY h",
            [
                "m{h=} time,moving_average: 540s,53",
                "m{h=h1} time,moving_average: 180s,3.16666666667; 360s,3.08333333333; 540s,5.33333333333",
                "m{h=h2} time,moving_average: 180s,2.3125; 360s,5",
            ]),
        Question(
            "SELECT percentile(x, 50), h FROM (SELECT mean(v) AS x FROM m GROUP BY h)",
            ["m time,percentile,h: 0s,3.25,'h2'"]),
        Question(
            "SELECT derivative(mean(x), 1s) FROM (SELECT v AS x FROM m) WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,derivative: 0s,0.0416666666667; 180s,0.00277777777778; 360s,0.00173611111111; 540s,0.182060185185"]
        ),
        Question(
            "SELECT abs(x) FROM (SELECT mean(v) AS x FROM m GROUP BY h)",
            ["m time,abs: 0s,53; 0s,3.375; 0s,3.25; 0s,2.25"]),
        Question(
            "SELECT sum(v), sum(i) FROM (SELECT v, i FROM m) GROUP BY h",
            [
                "m{h=} time,sum,sum_1: 0s,106,-3", "m{h=h1} time,sum,sum_1: 0s,27,12",
                "m{h=h2} time,sum,sum_1: 0s,16.25,13", "m{h=h3} time,sum,sum_1: 0s,-4.5,7",
            ]),
        Question(
            "SELECT v FROM (SELECT * FROM m) WHERE i > 1 AND h = 'h1'",
            ["m time,v: 120s,4; 180s,3.75; 360s,6.5; 420s,-2"]),
        Question(
            "SELECT mode(x) FROM (SELECT i AS x FROM m) GROUP BY h",
            [
                "m{h=} time,mode: 0s,-3", "m{h=h1} time,mode: 0s,3", "m{h=h2} time,mode: 0s,-5",
                "m{h=h3} time,mode: 0s,7",
            ]),
        Question("SELECT time, x FROM (SELECT v AS x FROM m) LIMIT 2", ["m time,x: -120s,-4.75; 0s,1.5"]),
        Question("SELECT mean(x) FROM (SELECT v + i AS x FROM m)", ["m time,mean: 0s,5.28846153846"]),
        Question(
            "SELECT max(x) FROM (SELECT difference(i) AS x FROM m GROUP BY h) GROUP BY h",
            ["m{h=h1} time,max: 60s,1", "m{h=h2} time,max: 95s,-3"]),
        Question("SELECT mean(v) FROM (SELECT mean(v) FROM m)", []),
        Question("SELECT x::integer FROM (SELECT v AS x FROM m) LIMIT 2", ["m time,x: -120s,-4; 0s,1"]),
        Question(
            "SELECT h FROM (SELECT v FROM m GROUP BY h)",
            [
                "m time,h: -120s,'h3'; 0s,'h1'; 5s,'h2'; 60s,'h1'; 65s,''; 95s,'h2'; 120s,'h1'; 180s,'h1'; 185s,'h2'; 275s,'h2'; 360s,'h1'; 420s,'h1'; 455s,'h2'; 480s,'h1'; 540s,'h1'; 600s,'h3'; 700s,''"
            ]),
        Question("SELECT first(h) FROM (SELECT v, h FROM m)", ["m time,first: -120s,'h3'"]),
        Question("SELECT mean(v) FROM (SELECT v FROM m WHERE time > 100s) WHERE time < 50s", []),
        Question(
            "SELECT mean(x) FROM (SELECT derivative(mean(v)) AS x FROM m)",
            ["error: derivative aggregate requires a GROUP BY interval"]),
        Question("SELECT x FROM (SELECT mean(v) AS x FROM m fill(none))", ["m time,x: 0s,8.51470588235"]),
        Question(
            "SELECT x FROM (SELECT v AS x FROM m GROUP BY time(1m))", ["error: fill(none) must be used with a function"]
        ),
        Question("SELECT x FROM (SELECT nope(v) AS x FROM m)", ["error: undefined function nope()"]),
        Question("SELECT v FROM (SELECT v FROM nowhere..m)", ["error: database not found: nowhere"]),
        Question(
            "SELECT v FROM (SHOW SERIES)",
            ["error: error parsing query: found SHOW, expected SELECT at line 1, char 16"]),
        // A text has no sum, whether there is one or not.
        Question(
            "SELECT sum(s) FROM (SELECT s FROM m WHERE v > 1000)",
            ["error: unsupported sum iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT mean(h) FROM (SELECT v, h FROM m WHERE v > 1000)",
            ["error: unsupported mean iterator type: *query.stringInterruptIterator"]),
        Question("SELECT sum(s) FROM (SELECT s FROM nope)", []),
        Question(
            "SELECT v FROM (SELECT v FROM m", ["error: error parsing query: found EOF, expected ) at line 1, char 32"]),
        Question(
            "SELECT v FROM ((SELECT v FROM m))",
            ["error: error parsing query: found (, expected SELECT at line 1, char 16"]),
        Question(
            "SELECT x FROM (SELECT mean(v) AS x FROM m WHERE time >= -60s AND time < 200s AND h = 'h1' GROUP BY time(1m) fill(previous))",
            ["m time,x: -60s,null; 0s,1.5; 60s,2.25; 120s,4; 180s,3.75"]),
        Question(
            "SELECT x FROM (SELECT mean(v) AS x FROM m WHERE time >= -60s AND time < 200s AND h = 'h1' GROUP BY time(1m) fill(previous)) WHERE x > 2",
            ["m time,x: 60s,2.25; 120s,4; 180s,3.75"]),
        Question(
            "SELECT mean(x) FROM (SELECT mean(v) AS x FROM m WHERE time >= -60s AND time < 200s AND h = 'h1' GROUP BY time(1m) fill(0))",
            ["m time,mean: 0s,2.3"]),
        Question(
            "SELECT count(x) FROM (SELECT v AS x FROM m) GROUP BY h SLIMIT 2",
            ["m{h=} time,count: 0s,2", "m{h=h1} time,count: 0s,8"]),
        Question(
            "SELECT mean(v) FROM (SELECT v FROM m GROUP BY h) GROUP BY h SLIMIT 1 SOFFSET 1",
            ["m{h=h1} time,mean: 0s,3.375"]),
        Question("SELECT mean(v) FROM (SELECT v FROM m GROUP BY h SLIMIT 1) GROUP BY h", ["m{h=} time,mean: 0s,53"]),
        Question(
            "SELECT s FROM (SELECT s, v FROM m WHERE h = 'h1')",
            ["m time,s: 0s,'x'; 60s,null; 120s,''; 180s,null; 360s,'xy'; 420s,null; 480s,null; 540s,null"]),
        Question(
            "SELECT s, x FROM (SELECT s, v AS x FROM m WHERE h = 'h1') WHERE x > 2",
            ["m time,s,x: 60s,null,2.25; 120s,'',4; 180s,null,3.75; 360s,'xy',6.5; 480s,null,2.75; 540s,null,8.25"]),
        Question("SELECT max(x), s FROM (SELECT s, v AS x FROM m)", ["m time,max,s: 700s,100.5,null"]),
        Question(
            "SELECT v, h FROM (SELECT v FROM m) WHERE time > 300s GROUP BY h",
            [
                "m{h=} time,v,h: 700s,100.5,null",
                "m{h=h1} time,v,h: 360s,6.5,null; 420s,-2,null; 480s,2.75,null; 540s,8.25,null",
                "m{h=h2} time,v,h: 455s,7,null", "m{h=h3} time,v,h: 600s,0.25,null",
            ]),
        Question("SELECT count(v) FROM (SELECT v FROM m WHERE v > 2) WHERE h = ''", ["m time,count: 0s,11"]),
        Question("SELECT distinct(h) FROM (SELECT v, h FROM m)", ["m time,distinct: 0s,'h3'; 0s,'h1'; 0s,'h2'"]),
        Question("SELECT count(distinct(h)) FROM (SELECT v, h FROM m)", ["m time,count: 0s,3"]),
        Question("SELECT mode(h) FROM (SELECT v, h FROM m)", ["m time,mode: 0s,'h1'"]),
        Question("SELECT integral(x) FROM (SELECT v AS x FROM m WHERE h = 'h1')", ["m time,integral: 0s,1942.5"]),
        Question(
            "SELECT elapsed(x, 1s) FROM (SELECT v AS x FROM m WHERE h = 'h1') WHERE x > 3",
            ["m time,elapsed: 180s,60; 360s,180; 540s,180"]),
        Question(
            "SELECT bottom(x, 2), h FROM (SELECT mean(v) AS x FROM m GROUP BY h)",
            ["m time,bottom,h: 0s,-2.25,'h3'; 0s,3.25,'h2'"]),
        Question(
            "SELECT cumulative_sum(x) FROM (SELECT count(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m))",
            ["m time,cumulative_sum: 0s,6; 180s,9; 360s,13; 540s,16"]),
        Question(
            "SELECT non_negative_difference(max(x)) FROM (SELECT v AS x FROM m WHERE h = 'h1') WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(none)",
            ["m time,non_negative_difference: 360s,2.75; 540s,1.75"]),
        Question(
            "SELECT stddev(x), median(x), spread(x), percentile(x, 75) FROM (SELECT mean(v) AS x FROM m GROUP BY h)",
            ["m time,stddev,median,spread,percentile: 0s,25.9039441575,3.3125,55.25,3.375"]),
        Question(
            "SELECT min(x) FROM (SELECT mean(v) AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m), h) WHERE time >= 0s AND time < 900s GROUP BY time(6m), h",
            [
                "m{h=} time,min: 0s,5.5; 360s,100.5; 720s,null",
                "m{h=h1} time,min: 0s,2.58333333333; 360s,2.41666666667; 720s,null",
                "m{h=h2} time,min: 0s,1.625; 360s,7; 720s,null", "m{h=h3} time,min: 0s,null; 360s,0.25; 720s,null",
            ]),
        Question(
            "SELECT last(x) FROM (SELECT v AS x FROM m ORDER BY time DESC) ORDER BY time DESC",
            ["m time,last: 700s,100.5"]),
        Question(
            "SELECT x FROM (SELECT v AS x FROM m GROUP BY h) ORDER BY time DESC LIMIT 3",
            ["m time,x: 700s,100.5; 600s,0.25; 540s,8.25"]),
        Question(
            "SELECT mean(x) FROM (SELECT v AS x FROM m) WHERE time >= 0s AND time < 900s GROUP BY time(3m) ORDER BY time DESC",
            ["m time,mean: 720s,null; 540s,36.3333333333; 360s,3.5625; 180s,3.25; 0s,2.75"]),
        Question(
            "SELECT x FROM (SELECT v AS x FROM m) WHERE h = 'h1' GROUP BY h",
            ["m{h=h1} time,x: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25"]),
        Question(
            "SELECT c * 2 FROM (SELECT h AS c, v FROM m)",
            ["error: type error: c::tag * 2: incompatible types: tag and integer"]),
    ]
}
