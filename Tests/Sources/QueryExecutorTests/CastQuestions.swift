/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let castAggregates: [Question] = [
        Question("SELECT sum(i::float) FROM m", ["m time,sum: 0s,29"]),
        Question("SELECT mean(v::integer) FROM m", ["m time,mean: 0s,8.29411764706"]),
        Question("SELECT max(v::integer), h FROM m", ["m time,max,h: 700s,100,null"]),
        Question("SELECT count(v::string) FROM m", []),
        Question("SELECT count(v::float) FROM m", ["m time,count: 0s,17"]),
        Question(
            "SELECT derivative(i::float) FROM m WHERE h = 'h1'",
            [
                "m time,derivative: 60s,0.0166666666667; 120s,0.0166666666667; 180s,0.0166666666667; 360s,-0.00555555555556; 420s,0.0166666666667; 480s,-0.05; 540s,0.0166666666667"
            ]),
        Question(
            "SELECT difference(v::integer) FROM m WHERE h = 'h1'",
            ["m time,difference: 60s,1; 120s,2; 180s,-1; 360s,3; 420s,-8; 480s,4; 540s,6"]),
        Question(
            "SELECT sum(v::integer) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(3m), h",
            [
                "m{h=} time,sum: 0s,5; 180s,null; 360s,null; 540s,null",
                "m{h=h1} time,sum: 0s,7; 180s,3; 360s,6; 540s,8", "m{h=h2} time,sum: 0s,3; 180s,6; 360s,7; 540s,null",
            ]),
        Question("SELECT sum(v::integer) + sum(i) FROM m WHERE h = 'h1'", ["m time,sum_sum: 0s,36"]),
        Question(
            "SELECT sum(i::float), sum(v) FROM m WHERE v > 2 AND r = 'a' GROUP BY r", ["m{r=a} time,sum,sum_1: 0s,6,33"]
        ),
        Question(
            "SELECT spread(v::integer), mean(v) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(3m) fill(0)",
            ["m time,spread,mean: 0s,6,2.75; 180s,2,3.25; 360s,9,3.5625; 540s,0,8.25"]),
        Question(
            "SELECT distinct(v::integer) FROM m WHERE h = 'h1'",
            ["m time,distinct: 0s,1; 0s,2; 0s,4; 0s,3; 0s,6; 0s,-2; 0s,8"]),
        Question("SELECT top(v::integer, 2), h FROM m", ["m time,top,h: 540s,8,'h1'; 700s,100,null"]),
        Question(
            "SELECT difference(mean(v::integer)) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(3m)",
            ["m time,difference: 0s,6.5; 180s,0.5; 360s,0.25; 540s,4.75"]),
        Question(
            "SELECT first(v::integer) FROM m GROUP BY h LIMIT 1",
            [
                "m{h=} time,first: 65s,5", "m{h=h1} time,first: 0s,1", "m{h=h2} time,first: 5s,4",
                "m{h=h3} time,first: -120s,-4",
            ]),
    ]
}
