/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let technical: [Question] = [
        Question(
            "SELECT exponential_moving_average(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,exponential_moving_average: 60s,2; 120s,3.33333333333; 180s,3.61111111111; 360s,5.53703703704; 420s,0.512345679012; 480s,2.00411522634; 540s,6.16803840878"
            ]),
        Question(
            "SELECT exponential_moving_average(i, 3, 0) FROM m",
            [
                "m time,exponential_moving_average: 0s,0; 5s,6.66666666667; 60s,3.83333333333; 65s,0.416666666667; 95s,3.70833333333; 120s,2.85416666667; 130s,4.92708333333; 180s,3.96354166667; 275s,2.48177083333; 360s,2.24088541667; 420s,2.62044270833; 455s,-1.18977864583; 480s,-0.594889322917; 540s,0.202555338542"
            ]),
        Question(
            "SELECT exponential_moving_average(v, 3, 2, 'simple') FROM m WHERE h = 'h1'",
            [
                "m time,exponential_moving_average: 120s,2.58333333333; 180s,3.16666666667; 360s,4.83333333333; 420s,1.41666666667; 480s,2.08333333333; 540s,5.16666666667"
            ]),
        Question(
            "SELECT exponential_moving_average(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,exponential_moving_average: 60s,2; 120s,3.33333333333; 180s,3.61111111111; 360s,5.53703703704; 420s,0.512345679012; 480s,2.00411522634; 540s,6.16803840878",
                "m{h=h2} time,exponential_moving_average: 60s,0.666666666667; 180s,1.55555555556; 240s,3.18518518519; 420s,5.72839506173",
            ]),
        Question(
            "SELECT double_exponential_moving_average(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,double_exponential_moving_average: 60s,2.16666666667; 120s,3.83333333333; 180s,3.87037037037; 360s,6.26543209877; 420s,-0.91975308642; 480s,2.02400548697; 540s,7.5626428898"
            ]),
        Question(
            "SELECT double_exponential_moving_average(i, 3, 0) FROM m",
            [
                "m time,double_exponential_moving_average: 0s,0; 5s,8.88888888889; 60s,3.52777777778; 65s,-1.44444444444; 95s,4.42361111111; 120s,2.78472222222; 130s,5.92881944444; 180s,3.98263888889; 275s,1.75043402778; 360s,1.75477430556; 420s,2.56716579861; 455s,-3.12152777778; 480s,-1.26331922743; 540s,0.267062717014"
            ]),
        Question(
            "SELECT double_exponential_moving_average(v, 3, 2, 'simple') FROM m WHERE h = 'h1'",
            [
                "m time,double_exponential_moving_average: 120s,2.58333333333; 180s,3.45833333333; 360s,6.13888888889; 420s,0.361111111111; 480s,1.88888888889; 540s,6.61111111111"
            ]),
        Question(
            "SELECT double_exponential_moving_average(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,double_exponential_moving_average: 60s,2.16666666667; 120s,3.83333333333; 180s,3.87037037037; 360s,6.26543209877; 420s,-0.91975308642; 480s,2.02400548697; 540s,7.5626428898",
                "m{h=h2} time,double_exponential_moving_average: 60s,-0.611111111111; 180s,1.42592592593; 240s,3.68518518519; 420s,6.74279835391",
            ]),
        Question(
            "SELECT triple_exponential_moving_average(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,triple_exponential_moving_average: 60s,2.22222222222; 120s,3.96296296296; 180s,3.83333333333; 360s,6.40946502058; 420s,-1.59190672154; 480s,2.28395061728; 540s,8.10752934004"
            ]),
        Question(
            "SELECT triple_exponential_moving_average(i, 3, 0) FROM m",
            [
                "m time,triple_exponential_moving_average: 0s,0; 5s,9.62962962963; 60s,2.63425925926; 65s,-2.66898148148; 95s,5.09953703704; 120s,2.73032407407; 130s,6.43721064815; 180s,3.7455150463; 275s,1.25665509259; 360s,1.63049768519; 420s,2.72144458912; 455s,-3.98362449363; 480s,-1.06270797164; 540s,0.7338369864"
            ]),
        Question(
            "SELECT triple_exponential_moving_average(v, 3, 2, 'simple') FROM m WHERE h = 'h1'",
            [
                "m time,triple_exponential_moving_average: 120s,2.58333333333; 180s,3.75; 360s,7.44444444444; 420s,-0.166666666667; 480s,2.17592592593; 540s,7.57407407407"
            ]),
        Question(
            "SELECT triple_exponential_moving_average(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,triple_exponential_moving_average: 60s,2.22222222222; 120s,3.96296296296; 180s,3.83333333333; 360s,6.40946502058; 420s,-1.59190672154; 480s,2.28395061728; 540s,8.10752934004",
                "m{h=h2} time,triple_exponential_moving_average: 60s,-1.03703703704; 180s,1.66666666667; 240s,3.97530864198; 420s,7.0109739369",
            ]),
        Question(
            "SELECT relative_strength_index(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,relative_strength_index: 120s,100; 180s,84.6153846154; 360s,96.4912280702; 420s,16.717325228; 480s,56.7140600316; 540s,79.5063575168"
            ]),
        Question(
            "SELECT relative_strength_index(i, 3, 0) FROM m",
            [
                "m time,relative_strength_index: 0s,null; 5s,100; 60s,42.5531914894; 65s,31.746031746; 95s,61.9469026549; 120s,46.511627907; 130s,61.0640870617; 180s,46.0346399271; 275s,38.8611004232; 360s,45.2588063044; 420s,52.6854505527; 455s,20.0475873497; 480s,49.4217756404; 540s,54.4430108915"
            ]),
        Question(
            "SELECT relative_strength_index(v, 3, 2, 'simple') FROM m WHERE h = 'h1'",
            [
                "m time,relative_strength_index: 120s,100; 180s,94.1176470588; 360s,97.4358974359; 420s,26.9503546099; 480s,54.5253863135; 540s,72.5333333333"
            ]),
        Question(
            "SELECT relative_strength_index(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,relative_strength_index: 60s,100; 120s,100; 180s,84.6153846154; 360s,96.4912280702; 420s,16.717325228; 480s,56.7140600316; 540s,79.5063575168",
                "m{h=h2} time,relative_strength_index: 60s,28.125; 180s,55.3398058252; 240s,69.5364238411; 420s,84.406779661",
            ]),
        Question(
            "SELECT triple_exponential_derivative(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,triple_exponential_derivative: 120s,43.0107526882; 180s,24.0601503759; 360s,38.2491582492; 420s,-35.9798668615; 480s,-17.7529799645; 540s,76.403878439"
            ]),
        Question(
            "SELECT triple_exponential_derivative(i, 3, 1) FROM m",
            [
                "m time,triple_exponential_derivative: 60s,19.84375; 65s,-17.926988266; 95s,1.35027799841; 120s,-0.509404388715; 130s,16.7881055534; 180s,7.46564370626; 275s,-6.44098379947; 360s,-10.4859335038; 420s,-6.71955503513; 455s,-37.1242695656; 480s,-47.9703121023; 540s,-42.6771358953"
            ]),
        Question(
            "SELECT triple_exponential_derivative(v, 3, 2, 'simple') FROM m WHERE h = 'h1'",
            [
                "m time,triple_exponential_derivative: 120s,37.7777777778; 180s,11.2903225806; 360s,22.7053140097; 420s,-14.9606299213; 480s,-8.02469135802; 540s,17.4496644295"
            ]),
        Question(
            "SELECT triple_exponential_derivative(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,triple_exponential_derivative: 60s,14.8148148148; 120s,43.0107526882; 180s,24.0601503759; 360s,38.2491582492; 420s,-35.9798668615; 480s,-17.7529799645; 540s,76.403878439",
                "m{h=h2} time,triple_exponential_derivative: 60s,-37.8600823045; 180s,-26.4900662252; 240s,20.4204204204; 420s,60.293710169",
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,kaufmans_efficiency_ratio: 120s,1; 180s,0.75; 360s,0.833333333333; 420s,0.511111111111; 480s,0.283018867925; 540s,1"
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(i, 3, 0) FROM m",
            [
                "m time,kaufmans_efficiency_ratio: 0s,0; 5s,1; 60s,0.0526315789474; 65s,0.130434782609; 95s,0.130434782609; 120s,0.0526315789474; 130s,0.5; 180s,0.285714285714; 275s,0.0909090909091; 360s,0.714285714286; 420s,0; 455s,0.6; 480s,0.142857142857; 540s,0.142857142857"
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,kaufmans_efficiency_ratio: 60s,1; 120s,1; 180s,0.75; 360s,0.833333333333; 420s,0.511111111111; 480s,0.283018867925; 540s,1",
                "m{h=h2} time,kaufmans_efficiency_ratio: 60s,0.121951219512; 180s,0.277777777778; 240s,1; 420s,1",
            ]),
        Question(
            "SELECT kaufmans_adaptive_moving_average(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,kaufmans_adaptive_moving_average: 120s,3.02777777778; 180s,3.22016996185; 360s,4.2720279425; 420s,3.40276339699; 480s,3.36673414247; 540s,5.53707452359"
            ]),
        Question(
            "SELECT kaufmans_adaptive_moving_average(i, 3, 0) FROM m",
            [
                "m time,kaufmans_adaptive_moving_average: 0s,0; 5s,4.44444444444; 60s,9.91669573188; 65s,0.918138202762; 95s,1.04260623708; 120s,1.05146790227; 130s,1.84653127434; 180s,1.91107964562; 275s,1.89812204058; 360s,1.92304674426; 420s,1.92752938008; 455s,0.671491170729; 480s,0.656274120265; 540s,0.664063491571"
            ]),
        Question(
            "SELECT kaufmans_adaptive_moving_average(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,kaufmans_adaptive_moving_average: 60s,1.83333333333; 120s,3.02777777778; 180s,3.22016996185; 360s,4.2720279425; 420s,3.40276339699; 480s,3.36673414247; 540s,5.53707452359",
                "m{h=h2} time,kaufmans_adaptive_moving_average: 60s,4.39057772941; 180s,-1.0754033507; 240s,1.18033147183; 420s,3.76685081768",
            ]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2) FROM m WHERE h = 'h1'",
            [
                "m time,chande_momentum_oscillator: 60s,100; 120s,100; 180s,75; 360s,83.3333333333; 420s,-51.1111111111; 480s,-28.3018867925; 540s,100"
            ]),
        Question(
            "SELECT chande_momentum_oscillator(i, 3, 0) FROM m",
            [
                "m time,chande_momentum_oscillator: 0s,0; 5s,100; 60s,5.26315789474; 65s,-13.0434782609; 95s,-13.0434782609; 120s,5.26315789474; 130s,50; 180s,-28.5714285714; 275s,-9.09090909091; 360s,-71.4285714286; 420s,0; 455s,-60; 480s,-14.2857142857; 540s,-14.2857142857"
            ]),
        Question(
            "SELECT chande_momentum_oscillator(v, 3, 2, 'simple') FROM m WHERE h = 'h1'",
            [
                "m time,chande_momentum_oscillator: 120s,100; 180s,88.2352941176; 360s,94.8717948718; 420s,-46.0992907801; 480s,9.05077262693; 540s,45.0666666667"
            ]),
        Question(
            "SELECT chande_momentum_oscillator(mean(v), 2, 1) FROM m WHERE time >= 60s AND time < 600s GROUP BY time(1m), h fill(none)",
            [
                "m{h=h1} time,chande_momentum_oscillator: 60s,100; 120s,100; 180s,75; 360s,83.3333333333; 420s,-51.1111111111; 480s,-28.3018867925; 540s,100",
                "m{h=h2} time,chande_momentum_oscillator: 60s,-100; 180s,-27.7777777778; 240s,100; 420s,100",
            ]),
        Question(
            "SELECT chande_momentum_oscillator(v, 3, 1, 'exponential') FROM m WHERE h = 'h1' ORDER BY time DESC",
            [
                "m time,chande_momentum_oscillator: 480s,-14.2857142857; 420s,-50.7462686567; 360s,25.1851851852; 180s,4; 120s,6.16541353383; 60s,-14.1641337386; 0s,-23.5723951286"
            ]),
        Question(
            "SELECT chande_momentum_oscillator(v, 3, -1, 'none') FROM m WHERE h = 'h1'",
            [
                "m time,chande_momentum_oscillator: 120s,100; 180s,81.8181818182; 360s,89.4736842105; 420s,-52.1739130435; 480s,-6.25; 540s,9.33333333333"
            ]),
        Question(
            "SELECT exponential_moving_average(*, 4) FROM m",
            [
                "m time,exponential_moving_average_i,exponential_moving_average_v: 60s,null,2.075; 65s,1.1,3.445; 95s,3.46,1.567; 120s,2.876,2.5402; 130s,4.5256,null; 180s,3.91536,3.02412; 185s,null,2.614472; 275s,2.749216,3.1686832; 360s,2.4495296,4.50120992; 420s,2.66971776,1.900725952; 455s,-0.398169344,3.9404355712; 480s,-0.2389016064,3.46426134272; 540s,0.25665903616,5.37855680563; 600s,null,3.32713408338; 700s,null,42.19628045"
            ]),
        Question(
            "SELECT exponential_moving_average(v, 2), mean(v) FROM m WHERE time >= 0s AND time < 200s",
            [
                "m time,exponential_moving_average,mean: 0s,null,2.78125; 5s,3.5,null; 60s,2.66666666667,null; 65s,4.55555555556,null; 95s,0.685185185185,null; 120s,2.8950617284,null; 180s,3.46502057613,null; 185s,2.48834019204,null"
            ]),
        Question(
            "SELECT relative_strength_index(d, 1) FROM (SELECT v - v AS d FROM m WHERE h = 'h1') LIMIT 2",
            ["m time,relative_strength_index: 60s,null; 120s,null"]),
    ]

    static let forecasts: [Question] = [
        Question(
            "SELECT holt_winters(mean(v), 3, 0) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m)",
            ["m time,holt_winters: 600s,33.9389454051; 660s,220.635694798; 720s,1671.85815365"]),
        Question(
            "SELECT holt_winters(first(v), 4, 4) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m)",
            ["m time,holt_winters: 600s,9.9568706049; 660s,-0.183517981535; 720s,5.27467139336; 780s,7.99970860491"]),
        Question(
            "SELECT holt_winters(max(v), 2, 3) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(90s, 10s) fill(0)",
            ["m time,holt_winters: 640s,5.43411810577; 730s,5.42424478033"]),
        Question(
            "SELECT holt_winters(count(v), 2, 1) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(1m) LIMIT 2 OFFSET 1",
            ["m time,holt_winters: 660s,1.10083135857"]),
        Question(
            "SELECT holt_winters_with_fit(mean(v), 3, 0) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m)",
            [
                "m time,holt_winters_with_fit: 0s,1.5; 60s,3.10147879831; 120s,3.10174826691; 180s,3.10234856194; 240s,3.10411248201; 300s,3.11038684931; 360s,3.13648295455; 420s,3.26067291601; 480s,3.92626236515; 540s,7.89398496064; 600s,33.9389454051; 660s,220.635694798; 720s,1671.85815365"
            ]),
        Question(
            "SELECT holt_winters_with_fit(first(v), 4, 4) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m)",
            [
                "m time,holt_winters_with_fit: 0s,1.5; 60s,3.45325747018; 120s,3.26028479991; 180s,-0.0911301068377; 240s,2.6634218492; 300s,5.1722073841; 360s,6.93549503123; 420s,-0.142647026221; 480s,4.1930141323; 540s,6.68482726402; 600s,9.9568706049; 660s,-0.183517981535; 720s,5.27467139336; 780s,7.99970860491"
            ]),
        Question(
            "SELECT holt_winters_with_fit(max(v), 2, 3) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(90s, 10s) fill(0)",
            [
                "m time,holt_winters_with_fit: -80s,4.5; 10s,4.03092907986; 100s,5.12087600062; 190s,5.36137478922; 280s,5.47630347315; 370s,5.45228190328; 460s,5.42596651214; 550s,5.43411810577; 640s,5.42424478033"
            ]),
        Question(
            "SELECT holt_winters_with_fit(count(v), 2, 1) FROM m WHERE time >= 0s AND time < 600s GROUP BY time(1m) LIMIT 2 OFFSET 1",
            ["m time,holt_winters_with_fit: 60s,2.95154230065; 120s,1.31929916534"]),
        Question(
            "SELECT holt_winters(mean(v), 3, 4) FROM m WHERE h = 'h1' AND time >= 0s AND time < 100s GROUP BY time(1m)",
            []),
        Question(
            "SELECT holt_winters(mean(v), 3, 0) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m) ORDER BY time DESC",
            []),
        Question(
            "SELECT derivative(holt_winters(mean(v), 3, 0)) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m)",
            ["m time,derivative: 660s,186.696749393; 720s,1451.22245886"]),
        Question(
            "SELECT holt_winters(derivative(mean(v)), 3, 0) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m)",
            ["m time,holt_winters: 600s,19.8578035252; 660s,71.1540447451; 720s,269.961305114"]),
        Question(
            "SELECT holt_winters(holt_winters(mean(v), 3, 0), 2, 0) FROM m WHERE h = 'h1' AND time >= 0s AND time < 600s GROUP BY time(1m)",
            ["m time,holt_winters: 780s,3123.0747766; 840s,4574.29706081"]),
    ]
}
