/// Questions with the answers of influxd 1.6.7 over the same points, not of our own engine.
extension Question {
    static let callErrors: [Question] = [
        Question(
            "SELECT derivative() FROM m",
            ["error: invalid number of arguments for derivative, expected at least 1 but no more than 2, got 0"]),
        Question(
            "SELECT derivative(v, 1s, 2) FROM m",
            ["error: invalid number of arguments for derivative, expected at least 1 but no more than 2, got 3"]),
        Question(
            "SELECT derivative(v, 3) FROM m",
            ["error: second argument to derivative must be a duration, got *influxql.IntegerLiteral"]),
        Question("SELECT derivative(v, -1s) FROM m", ["error: duration argument must be positive, got -1s"]),
        Question("SELECT derivative(v, 0s) FROM m", ["error: duration argument must be positive, got 0s"]),
        Question(
            "SELECT derivative(s) FROM m",
            ["error: unsupported derivative iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT derivative(b) FROM m",
            ["error: unsupported derivative iterator type: *query.booleanInterruptIterator"]),
        Question("SELECT derivative(mean(v)) FROM m", ["error: derivative aggregate requires a GROUP BY interval"]),
        Question("SELECT derivative(abs(v)) FROM m", ["error: derivative aggregate requires a GROUP BY interval"]),
        Question(
            "SELECT derivative(v) FROM m GROUP BY time(1m)",
            ["error: aggregate function required inside the call to derivative"]),
        Question(
            "SELECT derivative(v), v FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT derivative(5) FROM m", ["error: expected field argument in derivative()"]),
        Question(
            "SELECT elapsed(v, 3.5) FROM m",
            ["error: second argument to elapsed must be a duration, got *influxql.NumberLiteral"]),
        Question("SELECT elapsed(mean(v)) FROM m", ["error: elapsed aggregate requires a GROUP BY interval"]),
        Question(
            "SELECT difference() FROM m", ["error: invalid number of arguments for difference, expected 1, got 0"]),
        Question(
            "SELECT difference(v, 1s) FROM m", ["error: invalid number of arguments for difference, expected 1, got 2"]),
        Question(
            "SELECT cumulative_sum(v, 1) FROM m",
            ["error: invalid number of arguments for cumulative_sum, expected 1, got 2"]),
        Question(
            "SELECT cumulative_sum(s) FROM m",
            ["error: unsupported cumulative sum iterator type: *query.stringInterruptIterator"]),
        Question(
            "SELECT moving_average(v) FROM m",
            ["error: invalid number of arguments for moving_average, expected 2, got 1"]),
        Question("SELECT moving_average(v, 1) FROM m", ["error: moving_average window must be greater than 1, got 1"]),
        Question(
            "SELECT moving_average(v, 2.5) FROM m",
            ["error: second argument for moving_average must be an integer, got *influxql.NumberLiteral"]),
        Question(
            "SELECT moving_average(mean(v), 2) FROM m", ["error: moving_average aggregate requires a GROUP BY interval"]
        ),
        Question("SELECT integral(v, 1) FROM m", ["error: second argument must be a duration"]),
        Question("SELECT integral(v, 0s) FROM m", ["error: duration argument must be positive, got 0s"]),
        Question(
            "SELECT integral(v, 1s, 1s) FROM m",
            ["error: invalid number of arguments for integral, expected at least 1 but no more than 2, got 3"]),
        Question(
            "SELECT integral(s) FROM m", ["error: unsupported integral iterator type: *query.stringInterruptIterator"]),
        Question("SELECT integral(mean(v)) FROM m", ["error: expected field argument in integral()"]),
        Question("SELECT distinct() FROM m", ["error: distinct function requires at least one argument"]),
        Question("SELECT distinct(v, i) FROM m", ["error: distinct function can only have one argument"]),
        Question("SELECT distinct(*) FROM m", ["error: expected field argument in distinct()"]),
        Question("SELECT distinct(3) FROM m", ["error: expected field argument in distinct()"]),
        Question(
            "SELECT distinct(i), v FROM m",
            ["error: aggregate function distinct() cannot be combined with other functions or fields"]),
        Question(
            "SELECT distinct(i), mean(v) FROM m",
            ["error: aggregate function distinct() cannot be combined with other functions or fields"]),
        Question("SELECT count(distinct(*)) FROM m", ["error: expected field argument in distinct()"]),
        Question("SELECT count(distinct(i, v)) FROM m", ["error: distinct function can only have one argument"]),
        Question("SELECT mode() FROM m", ["error: invalid number of arguments for mode, expected 1, got 0"]),
        Question("SELECT mode(v, 1) FROM m", ["error: invalid number of arguments for mode, expected 1, got 2"]),
        Question("SELECT mode(3) FROM m", ["error: expected field argument in mode()"]),
        Question("SELECT top(v) FROM m", ["error: invalid number of arguments for top, expected at least 2, got 1"]),
        Question("SELECT top(v, 0) FROM m", ["error: limit (0) in top function must be at least 1"]),
        Question("SELECT top(v, h) FROM m", ["error: expected integer as last argument in top(), found h"]),
        Question("SELECT top(v, 3, 2) FROM m", ["error: only fields or tags are allowed in top(), found 3"]),
        Question("SELECT top(s, 2) FROM m", ["error: unsupported top iterator type: *query.stringInterruptIterator"]),
        Question("SELECT top(b, 2) FROM m", ["error: unsupported top iterator type: *query.booleanInterruptIterator"]),
        Question("SELECT top(3, 2) FROM m", ["error: expected first argument to be a field in top(), found 3"]),
        Question(
            "SELECT top(v, 3) FROM m LIMIT 2",
            ["error: limit (3) in top function can not be larger than the LIMIT (2) in the select statement"]),
        Question(
            "SELECT top(v, 2), bottom(v, 2) FROM m",
            ["error: selector function top() cannot be combined with other functions"]),
        Question(
            "SELECT top(v, 2), mean(v) FROM m",
            ["error: selector function top() cannot be combined with other functions"]),
        Question("SELECT sample(v) FROM m", ["error: invalid number of arguments for sample, expected 2, got 1"]),
        Question("SELECT sample(v, 0) FROM m", ["error: sample window must be greater than 1, got 0"]),
        Question("SELECT sample(v, 1.5) FROM m", ["error: expected integer argument in sample()"]),
        Question("SELECT sample(3, 2) FROM m", ["error: expected field argument in sample()"]),
        Question(
            "SELECT sample(v, 2), sample(i, 2), h FROM m",
            ["error: mixing multiple selector functions with tags or fields is not supported"]),
        Question("SELECT abs() FROM m", ["error: invalid number of arguments for abs, expected 1, got 0"]),
        Question("SELECT abs(v, 1) FROM m", ["error: invalid number of arguments for abs, expected 1, got 2"]),
        Question("SELECT pow(v) FROM m", ["error: invalid number of arguments for pow, expected 2, got 1"]),
        Question("SELECT atan2(v) FROM m", ["error: invalid number of arguments for atan2, expected 2, got 1"]),
        Question("SELECT log(v) FROM m", ["error: invalid number of arguments for log, expected 2, got 1"]),
        Question("SELECT mean(abs(v)) FROM m", ["error: expected field argument in mean()"]),
        Question(
            "SELECT abs(v), mean(v) FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT nope(v) FROM m", ["error: undefined function nope()"]),
        Question("SELECT v FROM m fill(none)", ["error: fill(none) must be used with a function"]),
        Question("SELECT v FROM m fill(linear)", ["error: fill(linear) must be used with a function"]),
        Question("SELECT mean(v, 1) FROM m", ["error: invalid number of arguments for mean, expected 1, got 2"]),
        Question("SELECT max(mean(v)) FROM m", ["error: expected field argument in max()"]),
        Question(
            "SELECT percentile(v) FROM m", ["error: invalid number of arguments for percentile, expected 2, got 1"]),
        Question("SELECT count(v) FROM m GROUP BY now()", ["error: only time() calls allowed in dimensions"]),
        Question("SELECT v FROM m GROUP BY time(5m, 30s, 1ms)", ["error: time dimension expected 1 or 2 arguments"]),
        Question("SELECT v FROM m GROUP BY time(5m), time(1m)", ["error: multiple time dimensions not allowed"]),
        Question(
            "SELECT v FROM m GROUP BY time(5m, now(1m))",
            ["error: time dimension offset now() function requires no arguments"]),
        Question(
            "SELECT v FROM m GROUP BY time(5m, 'unexpected')",
            ["error: time dimension offset must be duration or now()"]),
        Question("SELECT v FROM m WHERE time > '2000-13-45 x'", ["error: invalid timestamp string"]),
        Question("SELECT count(v) FROM m GROUP BY time(10s, '2000-13-45')", ["error: invalid timestamp string"]),
        Question(
            "SELECT count(v) FROM m GROUP BY time(10s, '2000-1-45')",
            ["error: time dimension offset must be duration or now()"]),
        Question(
            "SELECT count(v) FROM m GROUP BY time(1s, b)", ["error: time dimension offset must be duration or now()"]),
        Question(
            "SELECT count(v) FROM m GROUP BY time(2m, foo())", ["error: time dimension offset function must be now()"]),
        Question(
            "SELECT count(v) FROM m GROUP BY time", ["error: time() is a function and expects at least one argument"]),
        Question("SELECT count(v) FROM m GROUP BY time(h)", ["error: time dimension must have duration argument"]),
        Question("SELECT count(v) FROM m GROUP BY 3", ["error: only time and tag dimensions allowed"]),
        Question("SELECT max(*), h FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT max(/v/), h FROM m", ["error: mixing aggregate and non-aggregate queries is not supported"]),
        Question("SELECT sin(1.3) FROM m", ["error: field must contain at least one variable"]),
        Question(
            "SELECT distinct FROM m", ["error: error parsing query: found FROM, expected identifier at line 1, char 17"]
        ),
        Question(
            "SELECT holt_winters(mean(v)) FROM m",
            ["error: invalid number of arguments for holt_winters, expected 3, got 1"]),
        Question(
            "SELECT holt_winters(mean(v), 0, 2) FROM m GROUP BY time(1m)",
            ["error: second arg to holt_winters must be greater than 0, got 0"]),
        Question(
            "SELECT holt_winters(mean(v), false, 2) FROM m GROUP BY time(1m)",
            ["error: expected integer argument as second arg in holt_winters"]),
        Question(
            "SELECT holt_winters(mean(v), 2, 'x') FROM m GROUP BY time(1m)",
            ["error: expected integer argument as third arg in holt_winters"]),
        Question(
            "SELECT holt_winters(mean(v), 2, -1) FROM m GROUP BY time(1m)",
            ["error: third arg to holt_winters cannot be negative, got -1"]),
        Question(
            "SELECT holt_winters(v, 2, 1) FROM m GROUP BY time(1m)",
            ["error: must use aggregate function with holt_winters"]),
        Question(
            "SELECT holt_winters(mean(v), 2, 1) FROM m", ["error: holt_winters aggregate requires a GROUP BY interval"]),
        Question(
            "SELECT min(mean) FROM (SELECT mean(v) FROM m GROUP BY time)",
            ["error: time() is a function and expects at least one argument"]),
    ]
}
