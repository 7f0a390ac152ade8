/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let transformations: [Question] = [
        Question(
            "SELECT derivative(v) FROM m WHERE h = 'h1'",
            [
                "m time,derivative: 60s,0.0125; 120s,0.0291666666667; 180s,-0.00416666666667; 360s,0.0152777777778; 420s,-0.141666666667; 480s,0.0791666666667; 540s,0.0916666666667"
            ]),
        Question(
            "SELECT derivative(v, 1m) FROM m WHERE h = 'h1'",
            ["m time,derivative: 60s,0.75; 120s,1.75; 180s,-0.25; 360s,0.916666666667; 420s,-8.5; 480s,4.75; 540s,5.5"]),
        Question(
            "SELECT derivative(v) FROM m",
            [
                "m time,derivative: 0s,0.0520833333333; 5s,0.6; 60s,-0.0409090909091; 65s,0.65; 95s,-0.225; 120s,0.21; 180s,-0.00416666666667; 185s,-0.35; 275s,0.0222222222222; 360s,0.0294117647059; 420s,-0.141666666667; 455s,0.257142857143; 480s,-0.17; 540s,0.0916666666667; 600s,-0.133333333333; 700s,1.0025"
            ]),
        Question(
            "SELECT derivative(i) FROM m GROUP BY h",
            [
                "m{h=h1} time,derivative: 60s,0.0166666666667; 120s,0.0166666666667; 180s,0.0166666666667; 360s,-0.00555555555556; 420s,0.0166666666667; 480s,-0.05; 540s,0.0166666666667",
                "m{h=h2} time,derivative: 95s,-0.0333333333333; 275s,-0.0333333333333; 455s,-0.0333333333333",
            ]),
        Question(
            "SELECT derivative(v) FROM m WHERE h = 'h1' ORDER BY time DESC",
            [
                "m time,derivative: 480s,-0.0916666666667; 420s,-0.0791666666667; 360s,0.141666666667; 180s,-0.0152777777778; 120s,0.00416666666667; 60s,-0.0291666666667; 0s,-0.0125"
            ]),
        Question(
            "SELECT non_negative_derivative(v, 10s) FROM m WHERE h = 'h1'",
            [
                "m time,non_negative_derivative: 60s,0.125; 120s,0.291666666667; 360s,0.152777777778; 480s,0.791666666667; 540s,0.916666666667"
            ]),
        Question(
            "SELECT non_negative_derivative(v) FROM m ORDER BY time DESC",
            [
                "m time,non_negative_derivative: 540s,0.133333333333; 455s,0.17; 360s,0.141666666667; 180s,0.35; 120s,0.00416666666667; 65s,0.225; 5s,0.0409090909091"
            ]),
        Question(
            "SELECT derivative(mean(v)) FROM m WHERE time >= 120s AND time < 900s GROUP BY time(1m) fill(none)",
            [
                "m time,derivative: 120s,1.83333333333; 180s,-1.125; 240s,1.125; 360s,1.25; 420s,-4; 480s,0.25; 540s,5.5; 600s,-8; 660s,100.25"
            ]),
        Question(
            "SELECT derivative(mean(v), 1s) FROM m WHERE time >= 120s AND time < 900s GROUP BY time(1m)",
            [
                "m time,derivative: 120s,0.0305555555556; 180s,-0.01875; 240s,0.01875; 360s,0.0208333333333; 420s,-0.0666666666667; 480s,0.00416666666667; 540s,0.0916666666667; 600s,-0.133333333333; 660s,1.67083333333"
            ]),
        Question(
            "SELECT derivative(mean(v), 1s) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m), h fill(previous)",
            [
                "m{h=} time,derivative: 180s,0; 360s,0; 540s,0.527777777778; 720s,0",
                "m{h=h1} time,derivative: 180s,0.00648148148148; 360s,-0.00740740740741; 540s,0.0324074074074; 720s,0",
                "m{h=h2} time,derivative: 180s,0.00763888888889; 360s,0.0222222222222; 540s,0; 720s,0",
                "m{h=h3} time,derivative: 0s,0; 180s,0; 360s,0; 540s,0.0277777777778; 720s,0",
            ]),
        Question(
            "SELECT derivative(mean(v), 1s) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m) fill(linear) ORDER BY time DESC",
            [
                "m time,derivative: 600s,-1.67083333333; 540s,0.133333333333; 480s,-0.0916666666667; 420s,-0.00416666666667; 360s,0.0666666666667; 300s,-0.0208333333333; 240s,-0.0208333333333; 180s,-0.01875; 120s,0.01875; 60s,-0.0305555555556; 0s,0.0138888888889"
            ]),
        Question(
            "SELECT derivative(max(v), 1m), derivative(min(v), 1m) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            [
                "m time,derivative,derivative_1: 0s,3.41666666667,1.16666666667; 180s,-0.5,1.08333333333; 360s,1,-1.33333333333; 540s,31.1666666667,0.75"
            ]),
        Question(
            "SELECT difference(v) FROM m WHERE h = 'h1'",
            ["m time,difference: 60s,0.75; 120s,1.75; 180s,-0.25; 360s,2.75; 420s,-8.5; 480s,4.75; 540s,5.5"]),
        Question(
            "SELECT difference(i) FROM m WHERE h = 'h1'",
            ["m time,difference: 60s,1; 120s,1; 180s,1; 360s,-1; 420s,1; 480s,-3; 540s,1"]),
        Question(
            "SELECT difference(i) FROM m ORDER BY time DESC",
            [
                "m time,difference: 480s,-1; 455s,-5; 420s,8; 360s,-1; 275s,-1; 180s,2; 130s,4; 120s,-5; 95s,5; 65s,-10; 60s,4; 5s,9; 0s,-10"
            ]),
        Question(
            "SELECT difference(*) FROM m WHERE h = 'h1'",
            [
                "m time,difference_i,difference_v: 60s,1,0.75; 120s,1,1.75; 180s,1,-0.25; 360s,-1,2.75; 420s,1,-8.5; 480s,-3,4.75; 540s,1,5.5"
            ]),
        Question(
            "SELECT non_negative_difference(v) FROM m WHERE h = 'h1'",
            ["m time,non_negative_difference: 60s,0.75; 120s,1.75; 360s,2.75; 480s,4.75; 540s,5.5"]),
        Question(
            "SELECT non_negative_difference(i) FROM m",
            ["m time,non_negative_difference: 5s,10; 95s,10; 130s,5; 360s,1; 420s,1; 480s,5; 540s,1"]),
        Question(
            "SELECT difference(count(v)) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,difference: 0s,5; 180s,-3; 360s,1; 540s,-1; 720s,-3"]),
        Question(
            "SELECT difference(first(v)) + 1 AS x FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,x: 0s,7.25; 180s,3.25; 360s,3.75; 540s,2.75"]),
        Question(
            "SELECT difference(mean(v)), mean(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            [
                "m time,difference,mean: 0s,7.5,2.75; 180s,0.5,3.25; 360s,0.3125,3.5625; 540s,32.7708333333,36.3333333333; 720s,null,null"
            ]),
        Question(
            "SELECT cumulative_sum(v) FROM m WHERE h = 'h1'",
            ["m time,cumulative_sum: 0s,1.5; 60s,3.75; 120s,7.75; 180s,11.5; 360s,18; 420s,16; 480s,18.75; 540s,27"]),
        Question(
            "SELECT cumulative_sum(i) FROM m",
            [
                "m time,cumulative_sum: 0s,0; 5s,10; 60s,11; 65s,8; 95s,15; 120s,17; 130s,24; 180s,27; 275s,28; 360s,30; 420s,33; 455s,28; 480s,28; 540s,29"
            ]),
        Question(
            "SELECT cumulative_sum(i) FROM m GROUP BY h ORDER BY time DESC",
            [
                "m{h=h3} time,cumulative_sum: 130s,7", "m{h=h2} time,cumulative_sum: 455s,-5; 275s,-4; 95s,3; 5s,13",
                "m{h=h1} time,cumulative_sum: 540s,1; 480s,1; 420s,4; 360s,6; 180s,9; 120s,11; 60s,12; 0s,12",
                "m{h=} time,cumulative_sum: 65s,-3",
            ]),
        Question(
            "SELECT cumulative_sum(mean(v)), count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(0)",
            [
                "m time,cumulative_sum,count: 0s,2.75,6; 180s,6,3; 360s,9.5625,4; 540s,45.8958333333,3; 720s,45.8958333333,0"
            ]),
        Question(
            "SELECT cumulative_sum(mean(v)), count(v) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m) fill(previous)",
            [
                "m time,cumulative_sum,count: 0s,2.75,6; 180s,6,3; 360s,9.5625,4; 540s,45.8958333333,3; 720s,82.2291666667,3"
            ]),
        Question(
            "SELECT cumulative_sum(/^[iv]$/) FROM m WHERE h = 'h2'",
            [
                "m time,cumulative_sum_i,cumulative_sum_v: 5s,10,4.5; 95s,17,3.25; 185s,null,5.25; 275s,18,9.25; 455s,13,16.25"
            ]),
        Question(
            "SELECT moving_average(v, 2) FROM m WHERE h = 'h1'",
            ["m time,moving_average: 60s,1.875; 120s,3.125; 180s,3.875; 360s,5.125; 420s,2.25; 480s,0.375; 540s,5.5"]),
        Question(
            "SELECT moving_average(v, 3) FROM m",
            [
                "m time,moving_average: 5s,0.416666666667; 60s,2.75; 65s,4.08333333333; 95s,2.16666666667; 120s,2.75; 180s,2.16666666667; 185s,3.25; 275s,3.25; 360s,4.16666666667; 420s,2.83333333333; 455s,3.83333333333; 480s,2.58333333333; 540s,6; 600s,3.75; 700s,36.3333333333"
            ]),
        Question(
            "SELECT moving_average(i, 2) FROM m ORDER BY time DESC",
            [
                "m time,moving_average: 480s,0.5; 455s,-2.5; 420s,-1; 360s,2.5; 275s,1.5; 180s,2; 130s,5; 120s,4.5; 95s,4.5; 65s,2; 60s,-1; 5s,5.5; 0s,5"
            ]),
        Question("SELECT moving_average(v, 100) FROM m", []),
        Question(
            "SELECT moving_average(mean(v), 2) FROM m WHERE time >= 0s AND time < 500s GROUP BY time(1m) fill(none)",
            [
                "m time,moving_average: 60s,2.58333333333; 120s,3.08333333333; 180s,3.4375; 240s,3.4375; 360s,5.25; 420s,4.5; 480s,2.625"
            ]),
        Question(
            "SELECT moving_average(mean(v), 3) FROM m WHERE time >= 120s AND time < 500s GROUP BY time(1m) fill(none)",
            [
                "m time,moving_average: 180s,3.01388888889; 240s,3.625; 360s,4.45833333333; 420s,4.33333333333; 480s,3.91666666667"
            ]),
        Question(
            "SELECT moving_average(mean(v), 2) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m) fill(previous)",
            [
                "m time,moving_average: 60s,2.58333333333; 120s,3.08333333333; 180s,3.4375; 240s,3.4375; 300s,4; 360s,5.25; 420s,4.5; 480s,2.625; 540s,5.5; 600s,4.25; 660s,50.375; 720s,100.5; 780s,100.5; 840s,100.5"
            ]),
        Question(
            "SELECT elapsed(v) FROM m WHERE h = 'h1'",
            [
                "m time,elapsed: 60s,60000000000; 120s,60000000000; 180s,60000000000; 360s,180000000000; 420s,60000000000; 480s,60000000000; 540s,60000000000"
            ]),
        Question(
            "SELECT elapsed(v, 1s) FROM m",
            [
                "m time,elapsed: 0s,120; 5s,5; 60s,55; 65s,5; 95s,30; 120s,25; 180s,60; 185s,5; 275s,90; 360s,85; 420s,60; 455s,35; 480s,25; 540s,60; 600s,60; 700s,100"
            ]),
        Question("SELECT elapsed(s, 1m) FROM m", ["m time,elapsed: 120s,2; 185s,1; 275s,1; 360s,1"]),
        Question("SELECT elapsed(b, 1s) FROM m ORDER BY time DESC", ["m time,elapsed: 360s,-240; 180s,-180; 60s,-120"]),
        Question(
            "SELECT elapsed(v, 1s), cumulative_sum(i) FROM m WHERE h = 'h1'",
            [
                "m time,elapsed,cumulative_sum: 0s,null,0; 60s,60,1; 120s,60,3; 180s,60,6; 360s,180,8; 420s,60,11; 480s,60,11; 540s,60,12"
            ]),
        Question(
            "SELECT elapsed(mean(v), 1s) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(1m) fill(none)",
            ["m time,elapsed: 60s,60; 120s,60; 180s,60; 240s,60; 360s,120; 420s,60; 480s,60; 540s,60; 600s,60; 660s,60"]
        ),
        Question(
            "SELECT derivative(v), difference(v) FROM m WHERE h = 'h1'",
            [
                "m time,derivative,difference: 60s,0.0125,0.75; 120s,0.0291666666667,1.75; 180s,-0.00416666666667,-0.25; 360s,0.0152777777778,2.75; 420s,-0.141666666667,-8.5; 480s,0.0791666666667,4.75; 540s,0.0916666666667,5.5"
            ]),
        Question(
            "SELECT mean(v), derivative(v) FROM m WHERE h = 'h1'",
            [
                "m time,mean,derivative: 0s,3.375,null; 60s,null,0.0125; 120s,null,0.0291666666667; 180s,null,-0.00416666666667; 360s,null,0.0152777777778; 420s,null,-0.141666666667; 480s,null,0.0791666666667; 540s,null,0.0916666666667"
            ]),
        Question(
            "SELECT first(v), derivative(v) FROM m WHERE h = 'h1'",
            [
                "m time,first,derivative: 0s,1.5,null; 60s,null,0.0125; 120s,null,0.0291666666667; 180s,null,-0.00416666666667; 360s,null,0.0152777777778; 420s,null,-0.141666666667; 480s,null,0.0791666666667; 540s,null,0.0916666666667"
            ]),
        Question(
            "SELECT mean(v), derivative(mean(v), 1s) FROM m WHERE time >= 0s AND time < 300s GROUP BY time(1m) LIMIT 2",
            ["m time,mean,derivative: 0s,3,null; 60s,2.16666666667,-0.0138888888889; 120s,null,0.0305555555556"]),
        Question(
            "SELECT derivative(mean(v), 1s) FROM m WHERE time >= 0s AND time < 300s GROUP BY time(1m) LIMIT 2 OFFSET 1",
            ["m time,derivative: 120s,0.0305555555556; 180s,-0.01875"]),
        Question(
            "SELECT derivative(v) FROM m WHERE h = 'h1' LIMIT 2 OFFSET 1",
            ["m time,derivative: 120s,0.0291666666667; 180s,-0.00416666666667"]),
        Question(
            "SELECT derivative(v) FROM m GROUP BY h SLIMIT 1 SOFFSET 1",
            [
                "m{h=h1} time,derivative: 60s,0.0125; 120s,0.0291666666667; 180s,-0.00416666666667; 360s,0.0152777777778; 420s,-0.141666666667; 480s,0.0791666666667; 540s,0.0916666666667"
            ]),
        Question("SELECT derivative(nope) FROM m", []),
        Question(
            "SELECT derivative(nope), difference(v) FROM m WHERE h = 'h2'",
            ["m time,derivative,difference: 95s,null,-5.75; 185s,null,3.25; 275s,null,2; 455s,null,3"]),
        Question(
            "SELECT derivative(v) FROM m, n",
            [
                "m time,derivative: 0s,0.0520833333333; 5s,0.6; 60s,-0.0409090909091; 65s,0.65; 95s,-0.225; 120s,0.21; 180s,-0.00416666666667; 185s,-0.35; 275s,0.0222222222222; 360s,0.0294117647059; 420s,-0.141666666667; 455s,0.257142857143; 480s,-0.17; 540s,0.0916666666667; 600s,-0.133333333333; 700s,1.0025"
            ]),
        Question(
            "SELECT difference(derivative(mean(v), 1s)) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,difference: 180s,-0.0388888888889; 360s,-0.00104166666667; 540s,0.180324074074"]),
        Question(
            "SELECT cumulative_sum(count(distinct(i))) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,cumulative_sum: 0s,6; 180s,8; 360s,12; 540s,13; 720s,13"]),
        Question(
            "SELECT derivative(v) FROM m WHERE v > 2",
            [
                "m time,derivative: 60s,-0.0409090909091; 65s,0.65; 120s,-0.0272727272727; 180s,-0.00416666666667; 275s,0.00263157894737; 360s,0.0294117647059; 455s,0.00526315789474; 480s,-0.17; 540s,0.0916666666667; 700s,0.5765625"
            ]),
    ]

    static let mathematics: [Question] = [
        Question(
            "SELECT abs(v) FROM m",
            [
                "m time,abs: -120s,4.75; 0s,1.5; 5s,4.5; 60s,2.25; 65s,5.5; 95s,1.25; 120s,4; 180s,3.75; 185s,2; 275s,4; 360s,6.5; 420s,2; 455s,7; 480s,2.75; 540s,8.25; 600s,0.25; 700s,100.5"
            ]),
        Question("SELECT abs(mean(v)) FROM m", ["m time,abs: 0s,8.51470588235"]),
        Question(
            "SELECT pow(v, 2), log(v, 2), sqrt(v) FROM m WHERE h = 'h1'",
            [
                "m time,pow,log,sqrt: 0s,2.25,0.584962500721,1.22474487139; 60s,5.0625,1.16992500144,1.5; 120s,16,2,2; 180s,14.0625,1.90689059561,1.9364916731; 360s,42.25,2.70043971814,2.5495097568; 420s,4,null,null; 480s,7.5625,1.45943161864,1.65831239518; 540s,68.0625,3.04439411936,2.87228132327"
            ]),
        Question(
            "SELECT floor(v), ceil(v), round(v) FROM m",
            [
                "m time,floor,ceil,round: -120s,-5,-4,-5; 0s,1,2,2; 5s,4,5,5; 60s,2,3,2; 65s,5,6,6; 95s,-2,-1,-1; 120s,4,4,4; 180s,3,4,4; 185s,2,2,2; 275s,4,4,4; 360s,6,7,7; 420s,-2,-2,-2; 455s,7,7,7; 480s,2,3,3; 540s,8,9,8; 600s,0,1,0; 700s,100,101,101"
            ]),
        Question(
            "SELECT sin(v), cos(v), tan(v) FROM m WHERE h = 'h1'",
            [
                "m time,sin,cos,tan: 0s,0.997494986604,0.0707372016677,14.1014199472; 60s,0.778073196888,-0.628173622723,-1.23862761622; 120s,-0.756802495308,-0.653643620864,1.15782128235; 180s,-0.571561318742,-0.82055935734,0.696550851111; 360s,0.215119988088,0.976587625728,0.220277200346; 420s,-0.909297426826,-0.416146836547,2.18503986326; 480s,0.381660992052,-0.924302378632,-0.412917894485; 540s,0.922604210239,-0.385747937452,-2.39172817445"
            ]),
        Question(
            "SELECT asin(v), acos(v), atan(v), atan2(v, i) FROM m WHERE h = 'h1'",
            [
                "m time,asin,acos,atan,atan2: 0s,null,null,0.982793723247,1.57079632679; 60s,null,null,1.15257199722,1.15257199722; 120s,null,null,1.32581766367,1.10714871779; 180s,null,null,1.31019393505,0.896055384571; 360s,null,null,1.4181469984,1.27229739521; 420s,null,null,-1.10714871779,-0.588002603548; 480s,null,null,1.22202532321,1.57079632679; 540s,null,null,1.45017265821,1.45017265821"
            ]),
        Question(
            "SELECT exp(v), ln(v), log2(v), log10(v) FROM m WHERE h = 'h1'",
            [
                "m time,exp,ln,log2,log10: 0s,4.48168907034,0.405465108108,0.584962500721,0.176091259056; 60s,9.48773583636,0.810930216216,1.16992500144,0.352182518111; 120s,54.5981500331,1.38629436112,2,0.602059991328; 180s,42.5210820001,1.32175583998,1.90689059561,0.574031267728; 360s,665.141633044,1.8718021769,2.70043971814,0.812913356643; 420s,0.135335283237,null,null,null; 480s,15.6426318842,1.01160091168,1.45943161864,0.43933269383; 540s,3827.62582144,2.11021320035,3.04439411936,0.91645394855"
            ]),
        Question(
            "SELECT pow(i, 2), pow(2, i), log(i, 10) FROM m WHERE h = 'h2'",
            ["m time,pow,pow_1,log: 5s,100,1024,1; 95s,49,128,0.845098040014; 275s,1,2,0; 455s,25,0.03125,null"]),
        Question("SELECT abs(*) FROM m LIMIT 2", ["m time,abs_i,abs_v: -120s,null,4.75; 0s,0,1.5"]),
        Question(
            "SELECT abs(mean(v) - 10) + max(v) FROM m GROUP BY h",
            [
                "m{h=} time,abs_max: 0s,143.5", "m{h=h1} time,abs_max: 0s,14.875", "m{h=h2} time,abs_max: 0s,13.75",
                "m{h=h3} time,abs_max: 0s,12.5",
            ]),
        Question(
            "SELECT round(mean(v)) FROM m WHERE time >= 0s AND time < 900s GROUP BY time(3m)",
            ["m time,round: 0s,3; 180s,3; 360s,4; 540s,36; 720s,null"]),
        Question(
            "SELECT abs(derivative(v)) FROM m WHERE h = 'h1'",
            [
                "m time,abs: 60s,0.0125; 120s,0.0291666666667; 180s,0.00416666666667; 360s,0.0152777777778; 420s,0.141666666667; 480s,0.0791666666667; 540s,0.0916666666667"
            ]),
        Question("SELECT abs(v) AS a, abs(v) FROM m LIMIT 2", ["m time,a,abs: -120s,4.75,4.75; 0s,1.5,1.5"]),
        Question(
            "SELECT sqrt(abs(v)) * 2 FROM m WHERE h = 'h1'",
            [
                "m time,sqrt: 0s,2.44948974278; 60s,3; 120s,4; 180s,3.87298334621; 360s,5.09901951359; 420s,2.82842712475; 480s,3.31662479036; 540s,5.74456264654"
            ]),
        Question("SELECT abs(s) FROM m", ["m time,abs: 0s,null; 120s,null; 185s,null; 275s,null; 360s,null"]),
        Question("SELECT abs(h) FROM m", []),
        Question("SELECT max(v), abs(i) FROM m", ["m time,max,abs: 700s,100.5,null"]),
    ]
}
