import InfluxQL
import LogicalPlan
import Telemetry

/// Computes the points of one call: those of its argument first, by a SELECT of their own, then what is made of them.
struct CallPoints {
    let run: SelectRun
    let select: ResolvedSelect
    /// Whether the call is the only one and gives points that there were.
    let isSelector: Bool
    /// The names that are shown beside the points.
    let auxiliary: [String]

    func points(_ call: Expression) throws -> [PointSeries] {
        guard case .call(let name, let arguments) = call, let argument = arguments.first else { return [] }
        switch name {
        case "top", "bottom": return try extremes(name, arguments)
        case "sample":
            let count = Self.integer(arguments[1])
            return try raw(argument, auxiliary).map { PointReduction.sample($0, count, of: windows) }
        case "distinct":
            return try raw(argument).map { PointReduction.distinct($0, windows) }
        case "mode":
            return try raw(argument).map { try filled(PointReduction.mode($0, windows), isCount: false) }
        case "count":
            guard case .call("distinct", let inner) = argument, let field = inner.first else { return try folded(call) }
            return try raw(field).map { series in
                try filled(PointReduction.distinctCount(series, windows), isCount: true)
            }
        case "integral":
            try refuseText(name, argument)
            let unit = arguments.count > 1 ? Self.duration(arguments[1]) : Timestamp.second
            return try raw(argument).map { integral($0, unit) }
        case "holt_winters", "holt_winters_with_fit": return try forecast(name, arguments)
        case _ where Functions.transformations.contains(name): return try transformed(name, arguments)
        default: return try folded(call)
        }
    }

    private var windows: WindowGrid { WindowGrid(select: select, now: run.now) }

    // MARK: Arguments

    /// The points of a field, each series of the answer in the order of the answer.
    private func raw(_ field: Expression, _ others: [String] = []) throws -> [PointSeries] {
        var rows = select
        rows.statement = SelectStatement()
        rows.statement.isDescending = select.statement.isDescending
        rows.statement.seriesLimit = select.statement.seriesLimit
        rows.statement.seriesOffset = select.statement.seriesOffset
        rows.window = WindowRule()
        rows.hasDriver = true
        return try points(of: rows, field, others)
    }

    /// The results of an aggregate that folds columns.
    private func folded(_ call: Expression) throws -> [PointSeries] {
        var windows = select
        (windows.statement.limit, windows.statement.offset) = (0, 0)
        windows.showsPointTimes = isSelector
        return try points(of: windows, call, isSelector ? auxiliary : [])
    }

    private func points(of select: ResolvedSelect, _ value: Expression, _ others: [String]) throws -> [PointSeries] {
        var select = select
        // Names of digits: none that a field could have without being asked for.
        select.fields = [("0", value)] + others.map { ($0, .reference($0, type: nil)) }
        return try run.plain(select).map { found in
            var series = PointSeries(name: found.name, tags: found.tags, auxiliary: others.map { _ in [] })
            let isRaw = if case .reference = value { true } else { false }
            for row in 0..<found.rowCount {
                let cell = found.cells[1][row]
                if isRaw, cell == .null { continue }
                guard case .time(let time) = found.cells[0][row] else { continue }
                series.times.append(time)
                series.values.append(cell)
                for index in others.indices { series.auxiliary[index].append(found.cells[2 + index][row]) }
            }
            return series
        }
    }

    // MARK: Functions

    private func forecast(_ name: String, _ arguments: [Expression]) throws -> [PointSeries] {
        try refuseText(name, arguments[0])
        let model = HoltWinters(
            horizon: Self.integer(arguments[1]), season: Self.integer(arguments[2]),
            showsFit: name == "holt_winters_with_fit", interval: max(1, select.window.interval),
            isCancelled: run.isCancelled)
        let inner = CallPoints(run: run, select: select, isSelector: false, auxiliary: [])
        return try inner.points(arguments[0]).map(model.forecast)
    }

    private func transformed(_ name: String, _ arguments: [Expression]) throws -> [PointSeries] {
        let argument = arguments[0]
        if name != "elapsed" { try refuseText(name, argument) }
        var wider = select
        if name != "cumulative_sum", select.window.interval > 0 {
            wider.condition.widen(by: select.window, isDescending: select.statement.isDescending)
        }
        let inner = CallPoints(run: run, select: wider, isSelector: false, auxiliary: [])
        let input = if case .call = argument { try inner.points(argument) } else { try inner.raw(argument) }
        let unit = arguments.count > 1 ? Self.duration(arguments[1]) : 0
        let isDescending = select.statement.isDescending
        if let technical = try TechnicalCheck.function(name, arguments) { return input.map(technical.points) }
        return input.map { series in
            switch name {
            case "derivative", "non_negative_derivative":
                let standard = select.window.interval > 0 ? select.window.interval : Timestamp.second
                return PointTransformation.derivative(
                    series, unit: unit > 0 ? unit : standard, isNonNegative: name != "derivative",
                    isDescending: isDescending)
            case "difference", "non_negative_difference":
                return PointTransformation.difference(series, isNonNegative: name != "difference")
            case "elapsed":
                return PointTransformation.elapsed(series, unit: max(unit, 1))
            case "moving_average":
                return PointTransformation.movingAverage(series, Self.integer(arguments[1]))
            default: return PointTransformation.cumulativeSum(series)
            }
        }
    }

    private func extremes(_ name: String, _ arguments: [Expression]) throws -> [PointSeries] {
        try refuseText(name, arguments[0])
        let tags = arguments[1..<(arguments.count - 1)].compactMap { argument in
            if case .reference(let name, _) = argument { name } else { nil }
        }
        let count = Self.integer(arguments[arguments.count - 1])
        let names = Set(auxiliary).union(tags).sorted()
        let places = tags.compactMap { names.firstIndex(of: $0) }
        return try raw(arguments[0], names).map { series in
            var found = PointReduction.extremes(series, count, isTop: name == "top", apartBy: places, windows)
            found.auxiliary = auxiliary.compactMap { name in names.firstIndex(of: name).map { found.auxiliary[$0] } }
            return found
        }
    }

    private func integral(_ series: PointSeries, _ unit: Int64) -> PointSeries {
        PointReduction.integral(series, unit: unit, windows)
    }

    /// The windows of a reduction with those that have no point, as `fill` says.
    private func filled(_ series: PointSeries, isCount: Bool) throws -> PointSeries {
        try WindowFill(grid: windows, fill: select.statement.fill, isCount: isCount).filled(series)
    }

    /// Refuses a field of text or booleans where a number must be, in InfluxDB's words.
    private func refuseText(_ function: String, _ argument: Expression) throws {
        guard let type = try select.schema.check(argument), type == "string" || type == "boolean" else { return }
        let words: [String: String] = [
            "cumulative_sum": "cumulative sum", "moving_average": "moving average",
            "non_negative_derivative": "derivative", "non_negative_difference": "difference",
            // InfluxDB names another function there.
            "holt_winters": "elapsed", "holt_winters_with_fit": "elapsed",
        ]
        let technical = TechnicalAnalysis.Function(rawValue: function) != nil
        let word = technical ? function.replacing("_", with: " ") : words[function] ?? function
        throw QueryError("unsupported \(word) iterator type: *query.\(type)InterruptIterator")
    }

    private static func integer(_ expression: Expression) -> Int {
        if case .integer(let value) = expression { Int(value) } else { 1 }
    }

    private static func duration(_ expression: Expression) -> Int64 {
        if case .duration(let value) = expression { value } else { 0 }
    }
}
