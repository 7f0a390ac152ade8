/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let reductions: [Question] = [
        Question(
            "SELECT distinct(v) FROM m",
            [
                "m time,distinct: 0s,-4.75; 0s,1.5; 0s,4.5; 0s,2.25; 0s,5.5; 0s,-1.25; 0s,4; 0s,3.75; 0s,2; 0s,6.5; 0s,-2; 0s,7; 0s,2.75; 0s,8.25; 0s,0.25; 0s,100.5"
            ]),
        Question("SELECT distinct(i) FROM m", ["m time,distinct: 0s,0; 0s,10; 0s,1; 0s,-3; 0s,7; 0s,2; 0s,3; 0s,-5"]),
        Question("SELECT distinct(s) FROM m", ["m time,distinct: 0s,'x'; 0s,''; 0s,'late'; 0s,'h2'; 0s,'xy'"]),
        Question("SELECT distinct(b) FROM m", ["m time,distinct: 0s,true; 0s,false"]),
        Question("SELECT DISTINCT i FROM m", ["m time,distinct: 0s,0; 0s,10; 0s,1; 0s,-3; 0s,7; 0s,2; 0s,3; 0s,-5"]),
        Question(
            "SELECT distinct(i) AS d FROM m GROUP BY h",
            [
                "m{h=} time,d: 0s,-3", "m{h=h1} time,d: 0s,0; 0s,1; 0s,2; 0s,3",
                "m{h=h2} time,d: 0s,10; 0s,7; 0s,1; 0s,-5", "m{h=h3} time,d: 0s,7",
            ]),
        Question(
            "SELECT distinct(i) FROM m ORDER BY time DESC",
            ["m time,distinct: 0s,10; 0s,-3; 0s,7; 0s,2; 0s,3; 0s,-5; 0s,0; 0s,1"]),
        Question(
            "SELECT distinct(v) FROM m WHERE time >= 0s AND time < 500s GROUP BY time(3m)",
            [
                "m time,distinct: 0s,1.5; 0s,4.5; 0s,2.25; 0s,5.5; 0s,-1.25; 0s,4; 180s,3.75; 180s,2; 180s,4; 360s,6.5; 360s,-2; 360s,7; 360s,2.75"
            ]),
        Question(
            "SELECT distinct(v) FROM m WHERE time >= 0s AND time < 500s GROUP BY time(3m) ORDER BY time DESC",
            [
                "m time,distinct: 360s,6.5; 360s,-2; 360s,7; 360s,2.75; 180s,3.75; 180s,2; 180s,4; 0s,1.5; 0s,4.5; 0s,2.25; 0s,5.5; 0s,-1.25; 0s,4"
            ]),
        Question("SELECT distinct(i) FROM m LIMIT 2 OFFSET 1", ["m time,distinct: 0s,10; 0s,1"]),
        Question(
            "SELECT distinct(i) FROM m WHERE time >= 0s",
            ["m time,distinct: 0s,0; 0s,10; 0s,1; 0s,-3; 0s,7; 0s,2; 0s,3; 0s,-5"]),
        Question("SELECT distinct(h) FROM m", []),
        Question("SELECT distinct(nope) FROM m", []),
        Question("SELECT count(distinct(i)) FROM m", ["m time,count: 0s,8"]),
        Question(
            "SELECT count(distinct(s)) FROM m GROUP BY h", ["m{h=h1} time,count: 0s,3", "m{h=h2} time,count: 0s,2"]),
        Question("SELECT count(distinct(i)), mean(i) FROM m", ["m time,count,mean: 0s,8,2.07142857143"]),
        Question(
            "SELECT count(distinct(i)) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,count: 0s,6; 180s,2; 360s,4; 540s,1; 720s,0"]),
        Question(
            "SELECT count(distinct(i)) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(previous)",
            ["m time,count: 0s,6; 180s,2; 360s,4; 540s,1; 720s,1"]),
        Question(
            "SELECT count(distinct(i)) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(none)",
            ["m time,count: 0s,6; 180s,2; 360s,4; 540s,1"]),
        Question(
            "SELECT count(distinct(i)) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(7)",
            ["m time,count: 0s,6; 180s,2; 360s,4; 540s,1; 720s,7"]),
        Question("SELECT mode(i) FROM m", ["m time,mode: 0s,1"]),
        Question("SELECT mode(v) FROM m", ["m time,mode: 0s,4"]),
        Question("SELECT mode(s), mode(b) FROM m", ["m time,mode,mode_1: 0s,'',true"]),
        Question("SELECT mode(*) FROM m", ["m time,mode_b,mode_i,mode_s,mode_v: 0s,true,1,'',4"]),
        Question(
            "SELECT mode(i) FROM m GROUP BY h",
            [
                "m{h=} time,mode: 0s,-3", "m{h=h1} time,mode: 0s,3", "m{h=h2} time,mode: 0s,-5",
                "m{h=h3} time,mode: 0s,7",
            ]),
        Question(
            "SELECT mode(i) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,mode: 0s,7; 180s,1; 360s,-5; 540s,1; 720s,null"]),
        Question(
            "SELECT mode(v), mean(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(previous)",
            [
                "m time,mode,mean: 0s,-1.25,2.75; 180s,2,3.25; 360s,-2,3.5625; 540s,0.25,36.3333333333; 720s,0.25,36.3333333333"
            ]),
        Question(
            "SELECT mode(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m) fill(linear)",
            [
                "m time,mode: 0s,1.5; 60s,-1.25; 120s,4; 180s,2; 240s,4; 300s,5.25; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25; 600s,0.25; 660s,100.5; 720s,null; 780s,null; 840s,null"
            ]),
        Question(
            "SELECT mode(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(2.5) ORDER BY time DESC",
            ["m time,mode: 720s,2.5; 540s,0.25; 360s,-2; 180s,2; 0s,-1.25"]),
        Question(
            "SELECT mode(b) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,mode: 0s,true; 180s,false; 360s,true; 540s,false; 720s,null"]),
        Question("SELECT integral(v) FROM m", ["m time,integral: 0s,7053.125"]),
        Question("SELECT integral(v, 1m) FROM m WHERE h = 'h1'", ["m time,integral: 0s,32.375"]),
        Question("SELECT integral(v) FROM m WHERE time >= 0s AND time < 300s", ["m time,integral: 0s,835"]),
        Question("SELECT integral(v) FROM m WHERE h = 'h1' ORDER BY time DESC", []),
        Question(
            "SELECT integral(v) FROM m WHERE time >= 0s AND time < 500s AND h = 'h1' GROUP BY time(3m)",
            ["m time,integral: 0s,532.5; 180s,922.5; 360s,157.5"]),
        Question(
            "SELECT integral(v), mean(v) FROM m WHERE time >= 0s AND time < 900s AND h = 'h1' GROUP BY time(1m)",
            [
                "m time,integral,mean: 0s,112.5,1.5; 60s,187.5,2.25; 120s,232.5,4; 180s,252.5,3.75; 240s,null,null; 300s,null,null; 360s,805,6.5; 420s,22.5,-2; 480s,330,2.75; 540s,null,8.25; 600s,null,null; 660s,null,null; 720s,null,null; 780s,null,null; 840s,null,null"
            ]),
        Question(
            "SELECT integral(v) FROM m WHERE time >= 0s AND time < 900s AND h = 'h1' GROUP BY time(3m) ORDER BY time DESC",
            ["m time,integral: 720s,0; 540s,-487.5; 540s,0; 360s,-922.5; 180s,-532.5; 180s,0"]),
        Question("SELECT integral(*) FROM m", ["m time,integral_i,integral_v: 0s,1190,7053.125"]),
        Question("SELECT top(v, 3) FROM m", ["m time,top: 455s,7; 540s,8.25; 700s,100.5"]),
        Question("SELECT bottom(v, 3) FROM m", ["m time,bottom: -120s,-4.75; 95s,-1.25; 420s,-2"]),
        Question("SELECT top(v, 3) FROM m ORDER BY time DESC", ["m time,top: 455s,7; 540s,8.25; 700s,100.5"]),
        Question(
            "SELECT top(v, 3), h, s FROM m",
            ["m time,top,h,s: 455s,7,'h2',null; 540s,8.25,'h1',null; 700s,100.5,null,null"]),
        Question("SELECT top(i, 4) FROM m", ["m time,top: 5s,10; 95s,7; 130s,7; 180s,3"]),
        Question("SELECT bottom(i, 4) FROM m", ["m time,bottom: 0s,0; 65s,-3; 455s,-5; 480s,0"]),
        Question("SELECT top(v, 1) FROM m", ["m time,top: 700s,100.5"]),
        Question("SELECT top(v, h, 2) FROM m", ["m time,top,h: 540s,8.25,'h1'; 700s,100.5,null"]),
        Question(
            "SELECT top(v, h, 10) FROM m",
            ["m time,top,h: 455s,7,'h2'; 540s,8.25,'h1'; 600s,0.25,'h3'; 700s,100.5,null"]),
        Question(
            "SELECT bottom(v, h, 10) FROM m",
            ["m time,bottom,h: -120s,-4.75,'h3'; 65s,5.5,null; 95s,-1.25,'h2'; 420s,-2,'h1'"]),
        Question(
            "SELECT top(v, h, r, 3), s FROM m",
            ["m time,top,h,r,s: 455s,7,'h2','b',null; 540s,8.25,'h1','a',null; 700s,100.5,null,null,null"]),
        Question(
            "SELECT top(v, h, h, 2), s FROM m",
            ["m time,top,h,h_1,s: 540s,8.25,'h1','h1',null; 700s,100.5,null,null,null"]),
        Question(
            "SELECT bottom(v, r, 2), i FROM m GROUP BY h",
            [
                "m{h=} time,bottom,r,i: 65s,5.5,'a',-3; 700s,100.5,null,null", "m{h=h1} time,bottom,r,i: 420s,-2,'a',3",
                "m{h=h2} time,bottom,r,i: 95s,-1.25,'b',7", "m{h=h3} time,bottom,r,i: -120s,-4.75,null,null",
            ]),
        Question(
            "SELECT top(v, 3) FROM m WHERE time >= 0s AND time < 500s GROUP BY time(3m)",
            ["m time,top: 5s,4.5; 65s,5.5; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 455s,7; 480s,2.75"]),
        Question(
            "SELECT top(v, h, 2) FROM m WHERE time >= 0s AND time < 500s GROUP BY time(3m)",
            ["m time,top,h: 5s,4.5,'h2'; 65s,5.5,null; 180s,3.75,'h1'; 275s,4,'h2'; 360s,6.5,'h1'; 455s,7,'h2'"]),
        Question(
            "SELECT bottom(v, 2), h FROM m WHERE time >= 0s AND time < 500s GROUP BY time(3m) ORDER BY time DESC",
            ["m time,bottom,h: 420s,-2,'h1'; 480s,2.75,'h1'; 180s,3.75,'h1'; 185s,2,'h2'; 0s,1.5,'h1'; 95s,-1.25,'h2'"]),
        Question(
            "SELECT top(v, 3) AS t, h AS host FROM m", ["m time,t,host: 455s,7,'h2'; 540s,8.25,'h1'; 700s,100.5,null"]),
        Question("SELECT top(v, 3) + 1 FROM m", ["m time,top: 455s,8; 540s,9.25; 700s,101.5"]),
        Question(
            "SELECT sample(v, 10), h FROM m WHERE h = 'h2'",
            ["m time,sample,h: 5s,4.5,'h2'; 95s,-1.25,'h2'; 185s,2,'h2'; 275s,4,'h2'; 455s,7,'h2'"]),
        Question("SELECT sample(s, 100) FROM m", ["m time,sample: 0s,'x'; 120s,''; 185s,'late'; 275s,'h2'; 360s,'xy'"]),
        Question(
            "SELECT sample(i, 100), v FROM m GROUP BY h",
            [
                "m{h=} time,sample,v: 65s,-3,5.5",
                "m{h=h1} time,sample,v: 0s,0,1.5; 60s,1,2.25; 120s,2,4; 180s,3,3.75; 360s,2,6.5; 420s,3,-2; 480s,0,2.75; 540s,1,8.25",
                "m{h=h2} time,sample,v: 5s,10,4.5; 95s,7,-1.25; 275s,1,4; 455s,-5,7",
                "m{h=h3} time,sample,v: 130s,7,null",
            ]),
        Question(
            "SELECT sample(v, 10) FROM m WHERE time >= 0s AND time < 500s GROUP BY time(3m)",
            [
                "m time,sample: 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,-1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,-2; 455s,7; 480s,2.75"
            ]),
        Question(
            "SELECT integral(v), mean(v) FROM m WHERE time >= 10s",
            ["m time,integral,mean: 0s,7047.5,null; 10s,null,10.25"]),
        Question(
            "SELECT integral(v), median(v) FROM m ORDER BY time DESC", ["m time,integral,median: 0s,-7053.125,3.75"]),
        Question(
            "SELECT elapsed(v, 1s) FROM m WHERE h = 'h1' ORDER BY time DESC",
            ["m time,elapsed: 480s,-60; 420s,-60; 360s,-60; 180s,-180; 120s,-60; 60s,-60; 0s,-60"]),
        Question(
            "SELECT bottom(v, 1), s FROM m WHERE h = 'h1' AND time >= 0s AND time < 500s GROUP BY time(2m) fill(previous)",
            ["m time,bottom,s: 0s,1.5,'x'; 180s,3.75,'x'; 420s,-2,'x'; 480s,2.75,'x'"]),
        Question(
            "SELECT top(v, r, 1) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(7)",
            ["m time,top,r: 65s,5.5,'a'; 275s,4,'b'; 455s,7,'b'; 700s,100.5,7"]),
        Question(
            "SELECT top(v, 1), s FROM m WHERE h = 'h1' AND time >= 0s AND time < 500s GROUP BY time(2m) fill(7)",
            ["m time,top,s: 60s,2.25,7; 120s,4,''; 360s,6.5,'xy'; 480s,2.75,7"]),
        Question(
            "SELECT max(v), v FROM m WHERE h = 'h1' AND time >= 0s AND time < 500s GROUP BY time(1m) fill(linear)",
            [
                "m time,max,v: 0s,1.5,1.5; 60s,2.25,2.25; 120s,4,4; 180s,3.75,3.75; 240s,4.66666666667,null; 300s,5.58333333333,null; 360s,6.5,6.5; 420s,-2,-2; 480s,2.75,2.75"
            ]),
        Question(
            "SELECT max(v), i FROM m WHERE h = 'h1' AND time >= 0s AND time < 500s GROUP BY time(1m) fill(3)",
            [
                "m time,max,i: 0s,1.5,0; 60s,2.25,1; 120s,4,2; 180s,3.75,3; 240s,3,3; 300s,3,3; 360s,6.5,2; 420s,-2,3; 480s,2.75,0"
            ]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 500s GROUP BY time(1m, -30s)",
            ["m time,count: -30s,2; 30s,2; 90s,2; 150s,2; 210s,0; 270s,1; 330s,1; 390s,1; 450s,2"]),
    ]
}
