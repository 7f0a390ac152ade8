/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let aggregates: [Question] = [
        Question("SELECT count(v) FROM m", ["m time,count: 0s,17"]),
        Question(
            "SELECT count(v), count(i), count(s), count(b) FROM m",
            ["m time,count,count_1,count_2,count_3: 0s,17,14,5,4"]),
        Question("SELECT sum(v), sum(i) FROM m", ["m time,sum,sum_1: 0s,144.75,29"]),
        Question("SELECT mean(v), mean(i) FROM m", ["m time,mean,mean_1: 0s,8.51470588235,2.07142857143"]),
        Question("SELECT min(v) FROM m", ["m time,min: -120s,-4.75"]),
        Question("SELECT max(v) FROM m", ["m time,max: 700s,100.5"]),
        Question("SELECT min(i) FROM m", ["m time,min: 455s,-5"]),
        Question("SELECT max(i) FROM m", ["m time,max: 5s,10"]),
        Question("SELECT min(v), max(v) FROM m", ["m time,min,max: 0s,-4.75,100.5"]),
        Question("SELECT first(v) FROM m", ["m time,first: -120s,-4.75"]),
        Question("SELECT last(v) FROM m", ["m time,last: 700s,100.5"]),
        Question("SELECT first(i), last(i) FROM m", ["m time,first,last: 0s,0,1"]),
        Question("SELECT first(s) FROM m", ["m time,first: 0s,'x'"]),
        Question("SELECT last(s) FROM m", ["m time,last: 360s,'xy'"]),
        Question("SELECT first(b), last(b) FROM m", ["m time,first,last: 0s,true,false"]),
        Question("SELECT spread(v), spread(i) FROM m", ["m time,spread,spread_1: 0s,105.25,15"]),
        Question("SELECT median(v), median(i) FROM m", ["m time,median,median_1: 0s,3.75,1.5"]),
        Question("SELECT stddev(v), stddev(i) FROM m", ["m time,stddev,stddev_1: 0s,23.9409218488,3.93141755046"]),
        Question("SELECT percentile(v, 50) FROM m", ["m time,percentile: 180s,3.75"]),
        Question("SELECT percentile(v, 90), percentile(i, 10) FROM m", ["m time,percentile,percentile_1: 0s,7,-5"]),
        Question("SELECT percentile(v, 100) FROM m", ["m time,percentile: 700s,100.5"]),
        Question("SELECT percentile(v, 1) FROM m", []),
        Question("SELECT stddev(q) FROM n WHERE z = '1'", ["n time,stddev: 0s,null"]),
        Question("SELECT count(*) FROM m", ["m time,count_b,count_i,count_s,count_v: 0s,4,14,5,17"]),
        Question("SELECT mean(*) FROM m", ["m time,mean_i,mean_v: 0s,2.07142857143,8.51470588235"]),
        Question("SELECT max(*) FROM m", ["m time,max_b,max_i,max_v: 0s,true,10,100.5"]),
        Question("SELECT last(*) FROM m", ["m time,last_b,last_i,last_s,last_v: 0s,false,1,'xy',100.5"]),
        Question("SELECT sum(/^[iv]$/) FROM m", ["m time,sum_i,sum_v: 0s,29,144.75"]),
        Question("SELECT count(nope) FROM m", []),
        Question("SELECT mean(v), count(nope) FROM m", ["m time,mean,count: 0s,8.51470588235,null"]),
        Question("SELECT mean(h) FROM m", []),
        Question("SELECT count(v) FROM m WHERE time > 100000s", []),
        Question("SELECT mean(v), mean(v) FROM m", ["m time,mean,mean_1: 0s,8.51470588235,8.51470588235"]),
        Question("SELECT mean(v), mean(i) AS mean FROM m", ["m time,mean_1,mean: 0s,8.51470588235,2.07142857143"]),
        Question("SELECT max(v) AS peak FROM m", ["m time,peak: 700s,100.5"]),
        Question("SELECT max(v), h FROM m", ["m time,max,h: 700s,100.5,null"]),
        Question("SELECT max(v) * 2, h FROM m", ["m time,max,h: 700s,201,null"]),
        Question("SELECT max(v), h AS x, v + i FROM m WHERE h = 'h1'", ["m time,max,x,v_i: 540s,8.25,'h1',9.25"]),
        Question("SELECT min(v), h, i, s FROM m", ["m time,min,h,i,s: -120s,-4.75,'h3',null,null"]),
        Question("SELECT percentile(v, 50), h, s FROM m", ["m time,percentile,h,s: 180s,3.75,'h1',null"]),
        Question(
            "SELECT last(v), * FROM m WHERE h = 'h1'", ["m time,last,b,h,i,r,s,v: 540s,8.25,null,'h1',1,'a',null,8.25"]),
        Question(
            "SELECT last(v), s FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(5m)",
            ["m time,last,s: 0s,3.75,null; 300s,8.25,null"]),
        Question(
            "SELECT last(v), s FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(previous)",
            [
                "m time,last,s: 0s,1.5,'x'; 60s,2.25,'x'; 120s,4,''; 180s,3.75,''; 240s,3.75,''; 300s,3.75,''; 360s,6.5,'xy'; 420s,-2,'xy'; 480s,2.75,'xy'; 540s,8.25,'xy'; 600s,8.25,'xy'; 660s,8.25,'xy'; 720s,8.25,'xy'; 780s,8.25,'xy'; 840s,8.25,'xy'"
            ]),
        Question(
            "SELECT max(v), h FROM m GROUP BY r",
            [
                "m{r=} time,max,h: 700s,100.5,null", "m{r=a} time,max,h: 540s,8.25,'h1'",
                "m{r=b} time,max,h: 455s,7,'h2'",
            ]),
        Question("SELECT max(v), nope FROM m", ["m time,max,nope: 700s,100.5,null"]),
        Question("SELECT min(b) FROM m", ["m time,min: 180s,false"]),
        Question("SELECT max(b) FROM m", ["m time,max: 60s,true"]),
        Question(
            "SELECT min(b), max(b) FROM m GROUP BY h",
            ["m{h=h1} time,min,max: 0s,false,true", "m{h=h3} time,min,max: 0s,false,false"]),
        Question("SELECT percentile(v, 1), count(v) FROM m", ["m time,percentile,count: 0s,null,17"]),
        Question("SELECT percentile(v, 101) FROM m", ["m time,percentile: 700s,100.5"]),
        Question("SELECT percentile(v, 0) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(5m)", []),
        Question("SELECT v AS x, i AS x FROM m LIMIT 1", ["m time,x,x: -120s,-4.75,null"]),
        Question("SELECT v + 1 AS v, v FROM m LIMIT 1", ["m time,v,v_1: -120s,-3.75,-4.75"]),
        Question("SELECT time, v FROM m LIMIT 1", ["m time,v: -120s,-4.75"]),
        Question(
            "SELECT count(v) + 1 FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,count: 0s,7; 180s,4; 360s,5; 540s,4; 720s,1"]),
        Question(
            "SELECT sum(i) * 1.5 FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m) fill(2.7)",
            ["m time,sum: 0s,0; 60s,1.5; 120s,3; 180s,4.5; 240s,3; 300s,3; 360s,3; 420s,4.5; 480s,0; 540s,1.5"]),
        Question("SELECT first(v), h, r FROM m", ["m time,first,h,r: -120s,-4.75,'h3',null"]),
        Question("SELECT count(v) FROM m, n", ["m time,count: 0s,17"]),
        Question("SELECT max(v) FROM m WHERE time >= 100s", ["m time,max: 700s,100.5"]),
        Question("SELECT mean(v) FROM m WHERE time >= 100s", ["m time,mean: 100s,12.4545454545"]),
        Question("SELECT count(v) FROM /m|n/", ["m time,count: 0s,17"]),
    ]

    static let tags: [Question] = [
        Question(
            "SELECT v FROM m GROUP BY h",
            [
                "m{h=} time,v: 65s,5.5; 700s,100.5",
                "m{h=h1} time,v: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25",
                "m{h=h2} time,v: 5s,4.5; 95s,-1.25; 185s,2; 275s,4; 455s,7", "m{h=h3} time,v: -120s,-4.75; 600s,0.25",
            ]),
        Question(
            "SELECT count(v) FROM m GROUP BY h",
            [
                "m{h=} time,count: 0s,2", "m{h=h1} time,count: 0s,8", "m{h=h2} time,count: 0s,5",
                "m{h=h3} time,count: 0s,2",
            ]),
        Question(
            "SELECT mean(v), max(i) FROM m GROUP BY h, r",
            [
                "m{h=,r=} time,mean,max: 0s,100.5,null", "m{h=,r=a} time,mean,max: 0s,5.5,-3",
                "m{h=h1,r=a} time,mean,max: 0s,3.375,3", "m{h=h2,r=b} time,mean,max: 0s,3.25,10",
                "m{h=h3,r=} time,mean,max: 0s,-2.25,7",
            ]),
        Question(
            "SELECT mean(v) FROM m GROUP BY r, h",
            [
                "m{h=,r=} time,mean: 0s,100.5", "m{h=,r=a} time,mean: 0s,5.5", "m{h=h1,r=a} time,mean: 0s,3.375",
                "m{h=h2,r=b} time,mean: 0s,3.25", "m{h=h3,r=} time,mean: 0s,-2.25",
            ]),
        Question(
            "SELECT count(v) FROM m GROUP BY *",
            [
                "m{h=,r=} time,count: 0s,1", "m{h=,r=a} time,count: 0s,1", "m{h=h1,r=a} time,count: 0s,8",
                "m{h=h2,r=b} time,count: 0s,5", "m{h=h3,r=} time,count: 0s,2",
            ]),
        Question(
            "SELECT * FROM m GROUP BY h LIMIT 1",
            [
                "m{h=} time,b,i,r,s,v: 65s,null,-3,'a',null,5.5", "m{h=h1} time,b,i,r,s,v: 0s,null,0,'a','x',1.5",
                "m{h=h2} time,b,i,r,s,v: 5s,null,10,'b',null,4.5",
                "m{h=h3} time,b,i,r,s,v: -120s,null,null,null,null,-4.75",
            ]),
        Question(
            "SELECT * FROM m GROUP BY * LIMIT 1",
            [
                "m{h=,r=} time,b,i,s,v: 700s,null,null,null,100.5", "m{h=,r=a} time,b,i,s,v: 65s,null,-3,null,5.5",
                "m{h=h1,r=a} time,b,i,s,v: 0s,null,0,'x',1.5", "m{h=h2,r=b} time,b,i,s,v: 5s,null,10,null,4.5",
                "m{h=h3,r=} time,b,i,s,v: -120s,null,null,null,-4.75",
            ]),
        Question("SELECT count(v) FROM m GROUP BY nope", ["m{nope=} time,count: 0s,17"]),
        Question(
            "SELECT count(v) FROM m GROUP BY h, nope",
            [
                "m{h=,nope=} time,count: 0s,2", "m{h=h1,nope=} time,count: 0s,8", "m{h=h2,nope=} time,count: 0s,5",
                "m{h=h3,nope=} time,count: 0s,2",
            ]),
        Question(
            "SELECT count(v) FROM m GROUP BY /^h/",
            [
                "m{h=} time,count: 0s,2", "m{h=h1} time,count: 0s,8", "m{h=h2} time,count: 0s,5",
                "m{h=h3} time,count: 0s,2",
            ]),
        Question(
            "SELECT max(v) FROM m GROUP BY h",
            [
                "m{h=} time,max: 700s,100.5", "m{h=h1} time,max: 540s,8.25", "m{h=h2} time,max: 455s,7",
                "m{h=h3} time,max: 600s,0.25",
            ]),
        Question(
            "SELECT first(v), last(i) FROM m GROUP BY h",
            [
                "m{h=} time,first,last: 0s,5.5,-3", "m{h=h1} time,first,last: 0s,1.5,1",
                "m{h=h2} time,first,last: 0s,4.5,-5", "m{h=h3} time,first,last: 0s,-4.75,7",
            ]),
        Question("SELECT last(s) FROM m GROUP BY h", ["m{h=h1} time,last: 360s,'xy'", "m{h=h2} time,last: 275s,'h2'"]),
        Question(
            "SELECT count(v) FROM m WHERE r = 'a' GROUP BY h", ["m{h=} time,count: 0s,1", "m{h=h1} time,count: 0s,8"]),
        Question(
            "SELECT count(i) FROM m GROUP BY h",
            [
                "m{h=} time,count: 0s,1", "m{h=h1} time,count: 0s,8", "m{h=h2} time,count: 0s,4",
                "m{h=h3} time,count: 0s,1",
            ]),
        Question(
            "SELECT v, h FROM m GROUP BY h LIMIT 1",
            [
                "m{h=} time,v,h: 65s,5.5,null", "m{h=h1} time,v,h: 0s,1.5,'h1'", "m{h=h2} time,v,h: 5s,4.5,'h2'",
                "m{h=h3} time,v,h: -120s,-4.75,'h3'",
            ]),
        Question("SELECT v FROM m GROUP BY v LIMIT 2", ["m{v=} time,v: -120s,-4.75; 0s,1.5"]),
        Question("SELECT count(v) FROM m GROUP BY v", ["m{v=} time,count: 0s,17"]),
    ]
}
