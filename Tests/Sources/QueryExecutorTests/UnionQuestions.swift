/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let unions: [Question] = [
        Question(
            "SELECT * FROM m, n",
            [
                "m time,b,h,i,q,r,s,v,w,z: -120s,null,'h3',null,null,null,null,-4.75,null,null; 0s,null,'h1',0,null,'a','x',1.5,null,null; 5s,null,'h2',10,null,'b',null,4.5,null,null; 60s,true,'h1',1,null,'a',null,2.25,null,null; 65s,null,null,-3,null,'a',null,5.5,null,null; 95s,null,'h2',7,null,'b',null,-1.25,null,null; 120s,null,'h1',2,null,'a','',4,null,null; 130s,null,'h3',7,null,null,null,null,null,null; 180s,false,'h1',3,null,'a',null,3.75,null,null; 185s,null,'h2',null,null,'b','late',2,null,null; 275s,null,'h2',1,null,'b','h2',4,null,null; 360s,true,'h1',2,null,'a','xy',6.5,null,null; 420s,null,'h1',3,null,'a',null,-2,null,null; 455s,null,'h2',-5,null,'b',null,7,null,null; 480s,null,'h1',0,null,'a',null,2.75,null,null; 540s,null,'h1',1,null,'a',null,8.25,null,null; 600s,false,'h3',null,null,null,null,0.25,null,null; 700s,null,null,null,null,null,null,100.5,null,null",
                "n time,b,h,i,q,r,s,v,w,z: 10s,null,null,null,5,null,null,null,null,'1'; 20s,null,null,null,9,null,null,null,'t','2'",
            ]),
        Question(
            "SELECT * FROM n, m",
            [
                "m time,b,h,i,q,r,s,v,w,z: -120s,null,'h3',null,null,null,null,-4.75,null,null; 0s,null,'h1',0,null,'a','x',1.5,null,null; 5s,null,'h2',10,null,'b',null,4.5,null,null; 60s,true,'h1',1,null,'a',null,2.25,null,null; 65s,null,null,-3,null,'a',null,5.5,null,null; 95s,null,'h2',7,null,'b',null,-1.25,null,null; 120s,null,'h1',2,null,'a','',4,null,null; 130s,null,'h3',7,null,null,null,null,null,null; 180s,false,'h1',3,null,'a',null,3.75,null,null; 185s,null,'h2',null,null,'b','late',2,null,null; 275s,null,'h2',1,null,'b','h2',4,null,null; 360s,true,'h1',2,null,'a','xy',6.5,null,null; 420s,null,'h1',3,null,'a',null,-2,null,null; 455s,null,'h2',-5,null,'b',null,7,null,null; 480s,null,'h1',0,null,'a',null,2.75,null,null; 540s,null,'h1',1,null,'a',null,8.25,null,null; 600s,false,'h3',null,null,null,null,0.25,null,null; 700s,null,null,null,null,null,null,100.5,null,null",
                "n time,b,h,i,q,r,s,v,w,z: 10s,null,null,null,5,null,null,null,null,'1'; 20s,null,null,null,9,null,null,null,'t','2'",
            ]),
        Question(
            "SELECT * FROM /m|n/ LIMIT 2",
            [
                "m time,b,h,i,odd field,odd, tag,q,r,s,v,w,z: -120s,null,'h3',null,null,null,null,null,null,-4.75,null,null; 0s,null,'h1',0,null,null,null,'a','x',1.5,null,null",
                "n time,b,h,i,odd field,odd, tag,q,r,s,v,w,z: 10s,null,null,null,null,null,5,null,null,null,null,'1'; 20s,null,null,null,null,null,9,null,null,null,'t','2'",
                #"odd name time,b,h,i,odd field,odd, tag,q,r,s,v,w,z: 1s,null,null,null,'a/b "c"','x=y z',null,null,null,null,null,null; 1000000s,null,null,null,'☃','ä',null,null,null,null,null,null"#,
            ]),
        Question(
            "SELECT *::field FROM m, n LIMIT 2",
            [
                "m time,b,i,q,s,v,w: -120s,null,null,null,null,-4.75,null; 0s,null,0,null,'x',1.5,null",
                "n time,b,i,q,s,v,w: 10s,null,null,5,null,null,null; 20s,null,null,9,null,null,'t'",
            ]),
        Question("SELECT *::tag, q FROM m, n LIMIT 2", ["n time,h,r,z,q: 10s,null,null,'1',5; 20s,null,null,'2',9"]),
        Question("SELECT v FROM n, m LIMIT 2", ["m time,v: -120s,-4.75; 0s,1.5"]),
        Question(
            "SELECT q, v FROM n, m LIMIT 2",
            ["m time,q,v: -120s,null,-4.75; 0s,null,1.5", "n time,q,v: 10s,5,null; 20s,9,null"]),
        Question("SELECT * FROM n, n", ["n time,q,w,z: 10s,5,null,'1'; 10s,5,null,'1'; 20s,9,'t','2'; 20s,9,'t','2'"]),
        Question("SELECT count(q) FROM n, n", ["n time,count: 0s,4"]),
        Question(
            "SELECT * FROM n, dd..n", ["n time,q,w,z: 10s,5,null,'1'; 10s,5,null,'1'; 20s,9,'t','2'; 20s,9,'t','2'"]),
        Question(
            "SELECT * FROM n, dd.autogen.n",
            ["n time,q,w,z: 10s,5,null,'1'; 10s,5,null,'1'; 20s,9,'t','2'; 20s,9,'t','2'"]),
        Question(
            "SELECT mean(*) FROM m, n",
            [
                "m time,mean_i,mean_q,mean_v: 0s,2.07142857143,null,8.51470588235",
                "n time,mean_i,mean_q,mean_v: 0s,null,7,null",
            ]),
        Question(
            "SELECT count(*) FROM n, m",
            [
                "m time,count_b,count_i,count_q,count_s,count_v,count_w: 0s,4,14,null,5,17,null",
                "n time,count_b,count_i,count_q,count_s,count_v,count_w: 0s,null,null,2,null,null,1",
            ]),
        Question(
            "SELECT /v|q/ FROM m, n LIMIT 2",
            ["m time,q,v: -120s,null,-4.75; 0s,null,1.5", "n time,q,v: 10s,5,null; 20s,9,null"]),
        Question(
            "SELECT max(v), max(q) FROM m, n", ["m time,max,max_1: 0s,100.5,null", "n time,max,max_1: 0s,null,9"]),
        Question(
            "SELECT max(v) FROM m, n GROUP BY *",
            [
                "m{h=,r=,z=} time,max: 700s,100.5", "m{h=,r=a,z=} time,max: 65s,5.5",
                "m{h=h1,r=a,z=} time,max: 540s,8.25", "m{h=h2,r=b,z=} time,max: 455s,7",
                "m{h=h3,r=,z=} time,max: 600s,0.25",
            ]),
        Question(
            "SELECT first(*) FROM m, n GROUP BY h, z",
            [
                "m{h=,z=} time,first_b,first_i,first_q,first_s,first_v,first_w: 0s,null,-3,null,null,5.5,null",
                "m{h=h1,z=} time,first_b,first_i,first_q,first_s,first_v,first_w: 0s,true,0,null,'x',1.5,null",
                "m{h=h2,z=} time,first_b,first_i,first_q,first_s,first_v,first_w: 0s,null,10,null,'late',4.5,null",
                "m{h=h3,z=} time,first_b,first_i,first_q,first_s,first_v,first_w: 0s,false,7,null,null,-4.75,null",
                "n{h=,z=1} time,first_b,first_i,first_q,first_s,first_v,first_w: 0s,null,null,5,null,null,null",
                "n{h=,z=2} time,first_b,first_i,first_q,first_s,first_v,first_w: 0s,null,null,9,null,null,'t'",
            ]),
        Question(
            "SELECT * FROM m, n GROUP BY * LIMIT 1",
            [
                "m{h=,r=,z=} time,b,i,q,s,v,w: 700s,null,null,null,null,100.5,null",
                "m{h=,r=a,z=} time,b,i,q,s,v,w: 65s,null,-3,null,null,5.5,null",
                "m{h=h1,r=a,z=} time,b,i,q,s,v,w: 0s,null,0,null,'x',1.5,null",
                "m{h=h2,r=b,z=} time,b,i,q,s,v,w: 5s,null,10,null,null,4.5,null",
                "m{h=h3,r=,z=} time,b,i,q,s,v,w: -120s,null,null,null,null,-4.75,null",
                "n{h=,r=,z=1} time,b,i,q,s,v,w: 10s,null,null,5,null,null,null",
                "n{h=,r=,z=2} time,b,i,q,s,v,w: 20s,null,null,9,null,null,'t'",
            ]),
        Question(
            "SELECT * FROM m, n GROUP BY h LIMIT 1",
            [
                "m{h=} time,b,i,q,r,s,v,w,z: 65s,null,-3,null,'a',null,5.5,null,null",
                "m{h=h1} time,b,i,q,r,s,v,w,z: 0s,null,0,null,'a','x',1.5,null,null",
                "m{h=h2} time,b,i,q,r,s,v,w,z: 5s,null,10,null,'b',null,4.5,null,null",
                "m{h=h3} time,b,i,q,r,s,v,w,z: -120s,null,null,null,null,null,-4.75,null,null",
                "n{h=} time,b,i,q,r,s,v,w,z: 10s,null,null,5,null,null,null,null,'1'",
            ]),
        Question("SELECT v FROM m, n WHERE z = '1'", []),
        Question(
            "SELECT * FROM m, n WHERE z = '1'",
            ["n time,b,h,i,q,r,s,v,w,z: 10s,null,null,null,5,null,null,null,null,'1'"]),
        Question(
            "SELECT * FROM m, n WHERE h = 'h3'",
            [
                "m time,b,h,i,q,r,s,v,w,z: -120s,null,'h3',null,null,null,null,-4.75,null,null; 130s,null,'h3',7,null,null,null,null,null,null; 600s,false,'h3',null,null,null,null,0.25,null,null"
            ]),
        Question(
            "SELECT v + q FROM m, n LIMIT 2", ["m time,v_q: -120s,null; 0s,null", "n time,v_q: 10s,null; 20s,null"]),
        Question(
            "SELECT * FROM m, n ORDER BY time DESC LIMIT 2",
            [
                "n time,b,h,i,q,r,s,v,w,z: 20s,null,null,null,9,null,null,null,'t','2'; 10s,null,null,null,5,null,null,null,null,'1'",
                "m time,b,h,i,q,r,s,v,w,z: 700s,null,null,null,null,null,null,100.5,null,null; 600s,false,'h3',null,null,null,null,0.25,null,null",
            ]),
        Question("SELECT * FROM m, n LIMIT 1 SLIMIT 1 SOFFSET 1", []),
        Question(
            "SELECT mean(v), count(q) FROM m, n WHERE time >= 0s AND time < 300s GROUP BY time(3m)",
            ["m time,mean,count: 0s,2.75,null; 180s,3.25,null", "n time,mean,count: 0s,null,2; 180s,null,0"]),
        Question("SELECT * FROM nope, n", ["n time,q,w,z: 10s,5,null,'1'; 20s,9,'t','2'"]),
        Question("SELECT * FROM /nope/, n", ["n time,q,w,z: 10s,5,null,'1'; 20s,9,'t','2'"]),
        Question(
            #"SELECT * FROM m, "odd name" LIMIT 2"#,
            [
                "m time,b,h,i,odd field,odd, tag,r,s,v: -120s,null,'h3',null,null,null,null,null,-4.75; 0s,null,'h1',0,null,null,'a','x',1.5",
                #"odd name time,b,h,i,odd field,odd, tag,r,s,v: 1s,null,null,null,'a/b "c"','x=y z',null,null,null; 1000000s,null,null,null,'☃','ä',null,null,null"#,
            ]),
        Question(
            "SELECT * FROM /.*/ LIMIT 1",
            [
                "m time,b,h,i,odd field,odd, tag,q,r,s,v,w,z: -120s,null,'h3',null,null,null,null,null,null,-4.75,null,null",
                "n time,b,h,i,odd field,odd, tag,q,r,s,v,w,z: 10s,null,null,null,null,null,5,null,null,null,null,'1'",
                #"odd name time,b,h,i,odd field,odd, tag,q,r,s,v,w,z: 1s,null,null,null,'a/b "c"','x=y z',null,null,null,null,null,null"#,
            ]),
        Question(
            "SELECT count(*) FROM /.*/",
            [
                "m time,count_b,count_i,count_odd field,count_q,count_s,count_v,count_w: 0s,4,14,null,null,5,17,null",
                "n time,count_b,count_i,count_odd field,count_q,count_s,count_v,count_w: 0s,null,null,null,2,null,null,1",
                "odd name time,count_b,count_i,count_odd field,count_q,count_s,count_v,count_w: 0s,null,null,2,null,null,null,null",
            ]),
        Question("SELECT top(q, 1) FROM m, n", ["n time,top: 20s,9"]),
        Question("SELECT derivative(v) FROM n, m LIMIT 2", ["m time,derivative: 0s,0.0520833333333; 5s,0.6"]),
        Question("SELECT distinct(q) FROM m, n", ["n time,distinct: 0s,5; 0s,9"]),
        Question("SELECT v FROM m WHERE time > 5s OR v = 1", []),
        Question("SELECT v FROM m WHERE time > 500s OR time < 0s", []),
        Question("SELECT v FROM m WHERE (time > 500s OR v = 8.25) AND h = 'h1'", ["m time,v: 540s,8.25"]),
        Question("SELECT v FROM m WHERE time >= 420s AND (time < 500s OR h = 'h2')", ["m time,v: 455s,7"]),
        Question(
            "SELECT v FROM m WHERE h = 'h1' OR (h = 'h2' AND time > 400s)",
            ["m time,v: 420s,-2; 455s,7; 480s,2.75; 540s,8.25"]),
        Question("SELECT v FROM m WHERE time > 650s GROUP BY h SLIMIT 1", ["m{h=} time,v: 700s,100.5"]),
        Question("SELECT v FROM m WHERE time > 650s GROUP BY h SLIMIT 1 SOFFSET 1", []),
        Question(
            "SELECT v FROM m WHERE v > 6 GROUP BY h SLIMIT 2",
            ["m{h=} time,v: 700s,100.5", "m{h=h1} time,v: 360s,6.5; 540s,8.25"]),
        Question(
            "SELECT v, q FROM m, n GROUP BY h SLIMIT 1",
            ["m{h=} time,v,q: 65s,5.5,null; 700s,100.5,null", "n{h=} time,v,q: 10s,null,5; 20s,null,9"]),
        Question(
            "SELECT v, q FROM m, n GROUP BY h, z LIMIT 1 SLIMIT 1 SOFFSET 1",
            ["m{h=h1,z=} time,v,q: 0s,1.5,null", "n{h=,z=2} time,v,q: 20s,null,9"]),
        Question(
            "SELECT mean(v) FROM m GROUP BY h SLIMIT 2", ["m{h=} time,mean: 0s,53", "m{h=h1} time,mean: 0s,3.375"]),
        Question(
            "SELECT mean(v), count(nope) FROM m WHERE time >= 0s AND time < 300s GROUP BY time(1m) fill(7)",
            ["m time,mean,count: 0s,3,7; 60s,2.16666666667,7; 120s,4,7; 180s,2.875,7; 240s,4,7"]),
        Question(
            "SELECT mean(v), count(nope) FROM m WHERE time >= 0s AND time < 300s GROUP BY time(1m)",
            ["m time,mean,count: 0s,3,null; 60s,2.16666666667,null; 120s,4,null; 180s,2.875,null; 240s,4,null"]),
        Question(
            "SELECT mean(v), count(q) FROM m, n WHERE time >= 0s AND time < 300s GROUP BY time(1m) fill(7)",
            [
                "m time,mean,count: 0s,3,7; 60s,2.16666666667,7; 120s,4,7; 180s,2.875,7; 240s,4,7",
                "n time,mean,count: 0s,7,2; 60s,7,7; 120s,7,7; 180s,7,7; 240s,7,7",
            ]),
        Question(
            "SELECT mean(v), count(q) FROM m, n WHERE time >= 0s AND time < 300s GROUP BY time(1m) fill(previous)",
            [
                "m time,mean,count: 0s,3,null; 60s,2.16666666667,null; 120s,4,null; 180s,2.875,null; 240s,4,null",
                "n time,mean,count: 0s,null,2; 60s,null,2; 120s,null,2; 180s,null,2; 240s,null,2",
            ]),
        Question(
            "SELECT derivative(v) FROM m GROUP BY h SLIMIT 2 SOFFSET 1",
            [
                "m{h=h1} time,derivative: 60s,0.0125; 120s,0.0291666666667; 180s,-0.00416666666667; 360s,0.0152777777778; 420s,-0.141666666667; 480s,0.0791666666667; 540s,0.0916666666667",
                "m{h=h2} time,derivative: 95s,-0.0638888888889; 185s,0.0361111111111; 275s,0.0222222222222; 455s,0.0166666666667",
            ]),
        Question("SELECT v FROM m OFFSET 2", ["m time,v: 5s,4.5"]),
        Question("SELECT v FROM m GROUP BY h OFFSET 2", ["m{h=h1} time,v: 120s,4", "m{h=h2} time,v: 185s,2"]),
        Question("SELECT v FROM m ORDER BY time DESC OFFSET 2", ["m time,v: 540s,8.25"]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(1m) OFFSET 2",
            ["m time,mean: 120s,4; 180s,2.875; 240s,4; 300s,null; 360s,6.5; 420s,2.5; 480s,2.75; 540s,8.25"]),
        Question(
            "SELECT derivative(v) FROM m WHERE h = 'h1' OFFSET 2",
            [
                "m time,derivative: 180s,-0.00416666666667; 360s,0.0152777777778; 420s,-0.141666666667; 480s,0.0791666666667; 540s,0.0916666666667"
            ]),
        Question("SELECT mean(x) FROM (SELECT v AS x FROM m OFFSET 2)", ["m time,mean: 0s,4.5"]),
        Question("SELECT mean(v) FROM m GROUP BY h SOFFSET 1", []),
        Question(
            "SELECT mean(v) FROM m GROUP BY h, r SLIMIT 2",
            ["m{h=,r=} time,mean: 0s,100.5", "m{h=h3,r=} time,mean: 0s,-2.25"]),
        Question(
            "SELECT count(v), count(s) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(3m), h",
            [
                "m{h=} time,count,count_1: 0s,1,null; 180s,0,null; 360s,0,null; 540s,0,null",
                "m{h=h1} time,count,count_1: 0s,3,2; 180s,1,0; 360s,3,1; 540s,1,0",
                "m{h=h2} time,count,count_1: 0s,2,0; 180s,2,2; 360s,1,0; 540s,0,0",
            ]),
        Question(
            "SELECT last(b), last(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(3m), h fill(7)",
            [
                "m{h=} time,last,last_1: 0s,7,5.5; 180s,7,7; 360s,7,7; 540s,7,7",
                "m{h=h1} time,last,last_1: 0s,true,4; 180s,false,3.75; 360s,true,2.75; 540s,false,8.25",
                "m{h=h2} time,last,last_1: 0s,7,-1.25; 180s,7,4; 360s,7,7; 540s,7,7",
            ]),
        Question(
            "SELECT /v|h/ FROM m GROUP BY /r/ LIMIT 1",
            ["m{r=} time,v: -120s,-4.75", "m{r=a} time,v: 0s,1.5", "m{r=b} time,v: 5s,4.5"]),
        Question(
            "SELECT /v|h|r/ FROM m GROUP BY r LIMIT 1",
            ["m{r=} time,h,v: -120s,'h3',-4.75", "m{r=a} time,h,v: 0s,'h1',1.5", "m{r=b} time,h,v: 5s,'h2',4.5"]),
        Question(
            "SELECT * FROM m GROUP BY /r/ LIMIT 1",
            [
                "m{r=} time,b,i,s,v: -120s,null,null,null,-4.75", "m{r=a} time,b,i,s,v: 0s,null,0,'x',1.5",
                "m{r=b} time,b,i,s,v: 5s,null,10,null,4.5",
            ]),
    ]
}
