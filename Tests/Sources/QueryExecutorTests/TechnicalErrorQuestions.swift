/// Questions with the answers of influxd 1.6.7, not of our own engine.
extension Question {
    static let technicalErrors: [Question] = [
        Question(
            "SELECT exponential_moving_average(v) FROM m",
            [
                "error: invalid number of arguments for exponential_moving_average, expected at least 2 but no more than 4, got 1"
            ]),
        Question(
            "SELECT exponential_moving_average(v, 0) FROM m",
            ["error: exponential_moving_average period must be greater than or equal to 1"]),
        Question(
            "SELECT exponential_moving_average(v, 'x') FROM m",
            ["error: exponential_moving_average period must be an integer"]),
        Question(
            "SELECT exponential_moving_average(v, 2.5) FROM m",
            ["error: exponential_moving_average period must be an integer"]),
        Question(
            "SELECT exponential_moving_average(v, 2, -2) FROM m",
            ["error: exponential_moving_average hold period must be greater than or equal to 0"]),
        Question(
            "SELECT exponential_moving_average(v, 2, 0.5) FROM m",
            ["error: exponential_moving_average hold period must be an integer"]),
        Question(
            "SELECT exponential_moving_average(s, 2) FROM m",
            ["error: unsupported exponential moving average iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT exponential_moving_average(b, 2) FROM m",
            ["error: unsupported exponential moving average iterator type: *query.booleanInterruptIterator"]),
        Question(
            "SELECT exponential_moving_average(3, 2) FROM m",
            ["error: expected field argument in exponential_moving_average()"]),
        Question(
            "SELECT exponential_moving_average(mean(v), 2) FROM m",
            ["error: exponential_moving_average aggregate requires a GROUP BY interval"]),
        Question(
            "SELECT exponential_moving_average(v, 2, 3, 'none') FROM m",
            ["error: exponential_moving_average warmup type must be one of: 'exponential' 'simple'"]),
        Question(
            "SELECT exponential_moving_average(v, 2, 3, 'x') FROM m",
            ["error: exponential_moving_average warmup type must be one of: 'exponential' 'simple'"]),
        Question(
            "SELECT exponential_moving_average(v, 2, 3, 4) FROM m",
            ["error: exponential_moving_average warmup type must be a string"]),
        Question(
            "SELECT exponential_moving_average(v, 2, 3, 'simple', 1) FROM m",
            [
                "error: invalid number of arguments for exponential_moving_average, expected at least 2 but no more than 4, got 5"
            ]),
        Question(
            "SELECT exponential_moving_average(v, 2) FROM m GROUP BY time(1m)",
            ["error: aggregate function required inside the call to exponential_moving_average"]),
        Question(
            "SELECT triple_exponential_derivative(v) FROM m",
            [
                "error: invalid number of arguments for triple_exponential_derivative, expected at least 2 but no more than 4, got 1"
            ]),
        Question(
            "SELECT triple_exponential_derivative(v, 0) FROM m",
            ["error: triple_exponential_derivative period must be greater than or equal to 1"]),
        Question(
            "SELECT triple_exponential_derivative(v, 'x') FROM m",
            ["error: triple_exponential_derivative period must be an integer"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2.5) FROM m",
            ["error: triple_exponential_derivative period must be an integer"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2, -2) FROM m",
            ["error: triple_exponential_derivative hold period must be greater than or equal to 1"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2, 0.5) FROM m",
            ["error: triple_exponential_derivative hold period must be an integer"]),
        Question(
            "SELECT triple_exponential_derivative(s, 2) FROM m",
            ["error: unsupported triple exponential derivative iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT triple_exponential_derivative(b, 2) FROM m",
            ["error: unsupported triple exponential derivative iterator type: *query.booleanInterruptIterator"]),
        Question(
            "SELECT triple_exponential_derivative(3, 2) FROM m",
            ["error: expected field argument in triple_exponential_derivative()"]),
        Question(
            "SELECT triple_exponential_derivative(mean(v), 2) FROM m",
            ["error: triple_exponential_derivative aggregate requires a GROUP BY interval"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2, 3, 'none') FROM m",
            ["error: triple_exponential_derivative warmup type must be one of: 'exponential' 'simple'"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2, 3, 'x') FROM m",
            ["error: triple_exponential_derivative warmup type must be one of: 'exponential' 'simple'"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2, 3, 4) FROM m",
            ["error: triple_exponential_derivative warmup type must be a string"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2, 3, 'simple', 1) FROM m",
            [
                "error: invalid number of arguments for triple_exponential_derivative, expected at least 2 but no more than 4, got 5"
            ]),
        Question(
            "SELECT triple_exponential_derivative(v, 2) FROM m GROUP BY time(1m)",
            ["error: aggregate function required inside the call to triple_exponential_derivative"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v) FROM m",
            [
                "error: invalid number of arguments for kaufmans_efficiency_ratio, expected at least 2 but no more than 3, got 1"
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 0) FROM m",
            ["error: kaufmans_efficiency_ratio period must be greater than or equal to 1"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 'x') FROM m",
            ["error: kaufmans_efficiency_ratio period must be an integer"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2.5) FROM m",
            ["error: kaufmans_efficiency_ratio period must be an integer"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2, -2) FROM m",
            ["error: kaufmans_efficiency_ratio hold period must be greater than or equal to 0"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2, 0.5) FROM m",
            ["error: kaufmans_efficiency_ratio hold period must be an integer"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(s, 2) FROM m",
            ["error: unsupported kaufmans efficiency ratio iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(b, 2) FROM m",
            ["error: unsupported kaufmans efficiency ratio iterator type: *query.booleanInterruptIterator"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(3, 2) FROM m",
            ["error: expected field argument in kaufmans_efficiency_ratio()"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(mean(v), 2) FROM m",
            ["error: kaufmans_efficiency_ratio aggregate requires a GROUP BY interval"]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2, 3, 'none') FROM m",
            [
                "error: invalid number of arguments for kaufmans_efficiency_ratio, expected at least 2 but no more than 3, got 4"
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2, 3, 'x') FROM m",
            [
                "error: invalid number of arguments for kaufmans_efficiency_ratio, expected at least 2 but no more than 3, got 4"
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2, 3, 4) FROM m",
            [
                "error: invalid number of arguments for kaufmans_efficiency_ratio, expected at least 2 but no more than 3, got 4"
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2, 3, 'simple', 1) FROM m",
            [
                "error: invalid number of arguments for kaufmans_efficiency_ratio, expected at least 2 but no more than 3, got 5"
            ]),
        Question(
            "SELECT kaufmans_efficiency_ratio(v, 2) FROM m GROUP BY time(1m)",
            ["error: aggregate function required inside the call to kaufmans_efficiency_ratio"]),
        Question(
            "SELECT chande_momentum_oscillator(v) FROM m",
            [
                "error: invalid number of arguments for chande_momentum_oscillator, expected at least 2 but no more than 4, got 1"
            ]),
        Question(
            "SELECT chande_momentum_oscillator(v, 0) FROM m",
            ["error: chande_momentum_oscillator period must be greater than or equal to 1"]),
        Question(
            "SELECT chande_momentum_oscillator(v, 'x') FROM m",
            ["error: chande_momentum_oscillator period must be an integer"]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2.5) FROM m",
            ["error: chande_momentum_oscillator period must be an integer"]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2, -2) FROM m",
            ["error: chande_momentum_oscillator hold period must be greater than or equal to 0"]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2, 0.5) FROM m",
            ["error: chande_momentum_oscillator hold period must be an integer"]),
        Question(
            "SELECT chande_momentum_oscillator(s, 2) FROM m",
            ["error: unsupported chande momentum oscillator iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT chande_momentum_oscillator(b, 2) FROM m",
            ["error: unsupported chande momentum oscillator iterator type: *query.booleanInterruptIterator"]),
        Question(
            "SELECT chande_momentum_oscillator(3, 2) FROM m",
            ["error: expected field argument in chande_momentum_oscillator()"]),
        Question(
            "SELECT chande_momentum_oscillator(mean(v), 2) FROM m",
            ["error: chande_momentum_oscillator aggregate requires a GROUP BY interval"]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2, 3, 'x') FROM m",
            ["error: chande_momentum_oscillator warmup type must be one of: 'none' 'exponential' 'simple'"]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2, 3, 4) FROM m",
            ["error: chande_momentum_oscillator warmup type must be a string"]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2, 3, 'simple', 1) FROM m",
            [
                "error: invalid number of arguments for chande_momentum_oscillator, expected at least 2 but no more than 4, got 5"
            ]),
        Question(
            "SELECT chande_momentum_oscillator(v, 2) FROM m GROUP BY time(1m)",
            ["error: aggregate function required inside the call to chande_momentum_oscillator"]),
        Question(
            "SELECT holt_winters(first(s), 2, 0) FROM m GROUP BY time(1m)",
            ["error: unsupported elapsed iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT holt_winters_with_fit(first(b), 2, 0) FROM m GROUP BY time(1m)",
            ["error: unsupported elapsed iterator type: *query.booleanInterruptIterator"]),
        Question(
            "SELECT holt_winters(top(v, 2), 2, 0) FROM m GROUP BY time(1m)",
            ["error: selector function top() cannot be combined with other functions"]),
        Question(
            "SELECT holt_winters(nope(v), 2, 0) FROM m GROUP BY time(1m)",
            ["error: undefined function nope()"]),
        Question(
            "SELECT triple_exponential_derivative(v, 2, 0) FROM m",
            ["error: triple_exponential_derivative hold period must be greater than or equal to 1"]),
    ]
}
