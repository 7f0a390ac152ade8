/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let windows: [Question] = [
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,count: 0s,6; 180s,3; 360s,4; 540s,3; 720s,0"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(null)",
            ["m time,count: 0s,6; 180s,3; 360s,4; 540s,3; 720s,0"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(none)",
            ["m time,count: 0s,6; 180s,3; 360s,4; 540s,3"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(previous)",
            ["m time,count: 0s,6; 180s,3; 360s,4; 540s,3; 720s,3"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(linear)",
            ["m time,count: 0s,6; 180s,3; 360s,4; 540s,3; 720s,null"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(0)",
            ["m time,count: 0s,6; 180s,3; 360s,4; 540s,3; 720s,0"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(7)",
            ["m time,count: 0s,6; 180s,3; 360s,4; 540s,3; 720s,7"]),
        Question(
            "SELECT mean(v) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m)",
            [
                "m time,mean: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 240s,null; 300s,null; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25; 600s,null; 660s,null; 720s,null; 780s,null; 840s,null"
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(none)",
            ["m time,mean: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25"]),
        Question(
            "SELECT mean(v) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(previous)",
            [
                "m time,mean: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 240s,3.75; 300s,3.75; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25; 600s,8.25; 660s,8.25; 720s,8.25; 780s,8.25; 840s,8.25"
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(linear)",
            [
                "m time,mean: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 240s,4.66666666667; 300s,5.58333333333; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25; 600s,null; 660s,null; 720s,null; 780s,null; 840s,null"
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(-1.5)",
            [
                "m time,mean: 0s,1.5; 60s,2.25; 120s,4; 180s,3.75; 240s,-1.5; 300s,-1.5; 360s,6.5; 420s,-2; 480s,2.75; 540s,8.25; 600s,-1.5; 660s,-1.5; 720s,-1.5; 780s,-1.5; 840s,-1.5"
            ]),
        Question(
            "SELECT sum(i) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(linear)",
            [
                "m time,sum: 0s,0; 60s,1; 120s,2; 180s,3; 240s,2; 300s,2; 360s,2; 420s,3; 480s,0; 540s,1; 600s,null; 660s,null; 720s,null; 780s,null; 840s,null"
            ]),
        Question(
            "SELECT sum(i) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(previous)",
            [
                "m time,sum: 0s,0; 60s,1; 120s,2; 180s,3; 240s,3; 300s,3; 360s,2; 420s,3; 480s,0; 540s,1; 600s,1; 660s,1; 720s,1; 780s,1; 840s,1"
            ]),
        Question(
            "SELECT sum(i) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(3)",
            [
                "m time,sum: 0s,0; 60s,1; 120s,2; 180s,3; 240s,3; 300s,3; 360s,2; 420s,3; 480s,0; 540s,1; 600s,3; 660s,3; 720s,3; 780s,3; 840s,3"
            ]),
        Question(
            "SELECT sum(i) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(2.5)",
            [
                "m time,sum: 0s,0; 60s,1; 120s,2; 180s,3; 240s,2; 300s,2; 360s,2; 420s,3; 480s,0; 540s,1; 600s,2; 660s,2; 720s,2; 780s,2; 840s,2"
            ]),
        Question(
            "SELECT last(s) FROM m WHERE h = 'h1' AND time >= 0s AND time < 400s GROUP BY time(1m)",
            ["m time,last: 0s,'x'; 60s,null; 120s,''; 180s,null; 240s,null; 300s,null; 360s,'xy'"]),
        Question(
            "SELECT last(s) FROM m WHERE h = 'h1' AND time >= 0s AND time < 400s GROUP BY time(1m) fill(previous)",
            ["m time,last: 0s,'x'; 60s,'x'; 120s,''; 180s,''; 240s,''; 300s,''; 360s,'xy'"]),
        Question(
            "SELECT last(s) FROM m WHERE h = 'h1' AND time >= 0s AND time < 400s GROUP BY time(1m) fill(linear)",
            ["m time,last: 0s,'x'; 60s,null; 120s,''; 180s,null; 240s,null; 300s,null; 360s,'xy'"]),
        Question(
            "SELECT first(b) FROM m WHERE h = 'h1' AND time >= 0s AND time < 400s GROUP BY time(1m) fill(previous)",
            ["m time,first: 0s,null; 60s,true; 120s,true; 180s,false; 240s,false; 300s,false; 360s,true"]),
        Question(
            "SELECT mean(v), count(i), max(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            [
                "m time,mean,count,max: 0s,2.75,7,5.5; 180s,3.25,2,4; 360s,3.5625,4,7; 540s,36.3333333333,1,100.5; 720s,null,0,null"
            ]),
        Question(
            "SELECT mean(v), count(i), max(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(previous)",
            [
                "m time,mean,count,max: 0s,2.75,7,5.5; 180s,3.25,2,4; 360s,3.5625,4,7; 540s,36.3333333333,1,100.5; 720s,36.3333333333,1,100.5"
            ]),
        Question(
            "SELECT mean(v), count(i), max(i) FROM m WHERE h = 'h3' AND time >= 0s AND time < 900s GROUP BY time(5m) fill(0)",
            ["m time,mean,count,max: 0s,0,1,7; 300s,0,0,0; 600s,0.25,0,0"]),
        Question(
            "SELECT mean(v), count(i) FROM m WHERE h = 'h3' AND time >= 0s AND time < 900s GROUP BY time(5m) fill(none)",
            ["m time,mean,count: 0s,null,1; 600s,0.25,null"]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(2m), h",
            [
                "m{h=} time,mean: 0s,5.5; 120s,null; 240s,null; 360s,null; 480s,null",
                "m{h=h1} time,mean: 0s,1.875; 120s,3.875; 240s,null; 360s,2.25; 480s,5.5",
                "m{h=h2} time,mean: 0s,1.625; 120s,2; 240s,4; 360s,7; 480s,null",
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(2m), h fill(previous)",
            [
                "m{h=} time,mean: 0s,5.5; 120s,5.5; 240s,5.5; 360s,5.5; 480s,5.5",
                "m{h=h1} time,mean: 0s,1.875; 120s,3.875; 240s,3.875; 360s,2.25; 480s,5.5",
                "m{h=h2} time,mean: 0s,1.625; 120s,2; 240s,4; 360s,7; 480s,7",
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(2m), h fill(linear)",
            [
                "m{h=} time,mean: 0s,5.5; 120s,null; 240s,null; 360s,null; 480s,null",
                "m{h=h1} time,mean: 0s,1.875; 120s,3.875; 240s,3.0625; 360s,2.25; 480s,5.5",
                "m{h=h2} time,mean: 0s,1.625; 120s,2; 240s,4; 360s,7; 480s,null",
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY h, time(5m), r fill(none)",
            [
                "m{h=,r=a} time,mean: 0s,5.5", "m{h=h1,r=a} time,mean: 0s,2.875; 300s,3.875",
                "m{h=h2,r=b} time,mean: 0s,2.3125; 300s,7",
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 30s AND time < 600s GROUP BY time(2m)",
            ["m time,mean: 0s,2.16666666667; 120s,3.25; 240s,4; 360s,3.83333333333; 480s,5.5"]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(2m, 30s)",
            ["m time,mean: -90s,3; 30s,2.625; 150s,2.875; 270s,5.25; 390s,2.58333333333; 510s,8.25"]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(2m, -30s)",
            ["m time,mean: -30s,3.4375; 90s,2.125; 210s,4; 330s,2.25; 450s,6; 570s,null"]),
        Question(
            "SELECT mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(2m, 150s)",
            ["m time,mean: -90s,3; 30s,2.625; 150s,2.875; 270s,5.25; 390s,2.58333333333; 510s,8.25"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= -200s AND time < 100s GROUP BY time(1m)",
            ["m time,count: -240s,0; -180s,0; -120s,1; -60s,0; 0s,2; 60s,3"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= -200s AND time < 100s GROUP BY time(1m) fill(none)",
            ["m time,count: -120s,1; 0s,2; 60s,3"]),
        Question(
            "SELECT count(v) FROM m WHERE time > 0s AND time <= 600s GROUP BY time(5m)",
            ["m time,count: 0s,8; 300s,5; 600s,1"]),
        Question(
            "SELECT max(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(5m)", ["m time,max: 0s,5.5; 300s,8.25"]
        ),
        Question(
            "SELECT percentile(v, 50), median(v), spread(v), stddev(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(5m)",
            [
                "m time,percentile,median,spread,stddev: 0s,3.75,3.75,6.75,2.02715934253; 300s,6.5,6.5,10.25,4.17207981707"
            ]),
        Question(
            "SELECT mean(v) + 1 FROM m WHERE h = 'h1' AND time >= 120s AND time < 420s GROUP BY time(1m)",
            ["m time,mean: 120s,5; 180s,4.75; 240s,null; 300s,null; 360s,7.5"]),
        Question(
            "SELECT mean(v) + 1 FROM m WHERE h = 'h1' AND time >= 120s AND time < 420s GROUP BY time(1m) fill(0)",
            ["m time,mean: 120s,5; 180s,4.75; 240s,1; 300s,1; 360s,7.5"]),
        Question(
            "SELECT mean(v) + 1 FROM m WHERE h = 'h1' AND time >= 120s AND time < 420s GROUP BY time(1m) fill(previous)",
            ["m time,mean: 120s,5; 180s,4.75; 240s,4.75; 300s,4.75; 360s,7.5"]),
        Question("SELECT count(v) FROM m GROUP BY time(1h) fill(none)", ["m time,count: -3600s,1; 0s,16"]),
        Question(
            "SELECT count(v) FROM m WHERE time < 900s GROUP BY time(10m) fill(none)",
            ["m time,count: -600s,1; 0s,14; 600s,2"]),
        Question(
            "SELECT count(v) FROM m WHERE time < 900s GROUP BY time(10m)", ["m time,count: -600s,1; 0s,14; 600s,2"]),
        Question("SELECT count(v) FROM m WHERE time > 5000s AND time < 6000s GROUP BY time(10m)", []),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(5m) LIMIT 2",
            ["m time,count: 0s,9; 300s,5"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(5m) LIMIT 1 OFFSET 1",
            ["m time,count: 300s,5"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(5m) ORDER BY time DESC",
            ["m time,count: 600s,2; 300s,5; 0s,9"]),
        Question(
            "SELECT mean(v) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(previous) ORDER BY time DESC",
            [
                "m time,mean: 840s,null; 780s,null; 720s,null; 660s,null; 600s,null; 540s,8.25; 480s,2.75; 420s,-2; 360s,6.5; 300s,6.5; 240s,6.5; 180s,3.75; 120s,4; 60s,2.25; 0s,1.5"
            ]),
        Question(
            "SELECT mean(v) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(1m) fill(linear) ORDER BY time DESC",
            [
                "m time,mean: 840s,null; 780s,null; 720s,null; 660s,null; 600s,null; 540s,8.25; 480s,2.75; 420s,-2; 360s,6.5; 300s,5.58333333333; 240s,4.66666666667; 180s,3.75; 120s,4; 60s,2.25; 0s,1.5"
            ]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(5m), h LIMIT 1",
            [
                "m{h=} time,count: 0s,1", "m{h=h1} time,count: 0s,4", "m{h=h2} time,count: 0s,4",
                "m{h=h3} time,count: 0s,0",
            ]),
        Question(
            "SELECT first(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(5m) ORDER BY time DESC LIMIT 2",
            ["m time,first: 600s,0.25; 300s,6.5"]),
        Question("SELECT count(v) FROM m WHERE time >= 0s AND time < 1w GROUP BY time(1w)", ["m time,count: 0s,16"]),
        Question(
            "SELECT count(v) FROM m WHERE time >= 0s AND time < 90s GROUP BY time(30s)",
            ["m time,count: 0s,2; 30s,0; 60s,2"]),
        Question(
            "SELECT stddev(v), mean(v) FROM m WHERE time >= -200s AND time < 900s GROUP BY time(7m), h fill(2.5)",
            [
                "m{h=} time,stddev,mean: -420s,2.5,2.5; 0s,null,5.5; 420s,null,100.5; 840s,2.5,2.5",
                "m{h=h1} time,stddev,mean: -420s,2.5,2.5; 0s,1.92516233082,3.6; 420s,5.12957113217,3; 840s,2.5,2.5",
                "m{h=h2} time,stddev,mean: -420s,2.5,2.5; 0s,2.60907870074,2.3125; 420s,null,7; 840s,2.5,2.5",
                "m{h=h3} time,stddev,mean: -420s,null,-4.75; 0s,2.5,2.5; 420s,null,0.25; 840s,2.5,2.5",
            ]),
        Question(
            "SELECT stddev(v), count(v) FROM m WHERE time >= -200s AND time < 900s GROUP BY time(7m), h fill(previous)",
            [
                "m{h=} time,stddev,count: -420s,null,null; 0s,null,1; 420s,null,1; 840s,null,1",
                "m{h=h1} time,stddev,count: -420s,null,null; 0s,1.92516233082,5; 420s,5.12957113217,3; 840s,5.12957113217,3",
                "m{h=h2} time,stddev,count: -420s,null,null; 0s,2.60907870074,4; 420s,null,1; 840s,null,1",
                "m{h=h3} time,stddev,count: -420s,null,1; 0s,null,1; 420s,null,1; 840s,null,1",
            ]),
        Question(
            "SELECT percentile(i, 1), last(i), median(i) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(3m) fill(2.5)",
            ["m time,percentile,last,median: 0s,2,2,1; 180s,2,3,3; 360s,2,0,2; 540s,2,1,1; 720s,2,2,2.5"]),
        Question(
            "SELECT last(s), first(b) FROM m WHERE h = 'h1' AND time >= 0s AND time < 900s GROUP BY time(3m) fill(7)",
            ["m time,last,first: 0s,'',true; 180s,'',false; 360s,'xy',true; 540s,'',false; 720s,'',false"]),
    ]
}
