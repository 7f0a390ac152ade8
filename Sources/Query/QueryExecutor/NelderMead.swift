/// Finds a low point of a function of many numbers without its slope (Nelder and Mead, 1965).
///
/// A simplex of one corner more than there are numbers moves by its worst corner: it is reflected at the middle of the
/// others, further where that is the best so far, and drawn in where it is not; where that does not help, every
/// corner moves half the way to the best one. Coefficients and order of steps are those of influxd 1.8, so that both
/// walk the same way: the function may change the corner that it judges, and the changed corner stays.
struct NelderMead {
    /// As many moves as there are at most.
    private static let moveLimit = 1000

    /// Judges a corner, and may change it.
    typealias Judge = (inout [Double]) throws -> Double

    private var corners: [[Double]]
    private var worth: [Double]

    /// The lowest value found from `start` on, and where it is.
    ///
    /// - Parameter tolerance: the deviation of the corners' values at which the search ends.
    static func minimum(
        from start: [Double], tolerance: Double, _ judge: Judge
    ) throws -> (value: Double, place: [Double]) {
        var simplex = try NelderMead(around: start, judge)
        for _ in 0..<moveLimit {
            try simplex.move(judge)
            if simplex.deviation < tolerance { break }
        }
        let best = simplex.lowest
        let place = simplex.corners[best]
        return (try judge(&simplex.corners[best]), place)
    }

    private init(around start: [Double], _ judge: Judge) throws {
        let count = Double(start.count)
        let root = (count + 1).squareRoot()
        let far = (root - 1 + count) / (count * 2.0.squareRoot())
        let near = (root - 1) / (count * 2.0.squareRoot())
        corners = [start]
        for corner in start.indices {
            corners.append(start.indices.map { ($0 == corner ? far : near) + start[$0] })
        }
        worth = []
        for corner in corners.indices { worth.append(try judge(&corners[corner])) }
    }

    private var lowest: Int {
        var best = 0
        for corner in worth.indices where worth[corner] < worth[best] { best = corner }
        return best
    }

    private var deviation: Double {
        let mean = worth.reduce(0, +) / Double(worth.count)
        let divisor = Double(worth.count - 1)
        return worth.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / divisor }.squareRoot()
    }

    private mutating func move(_ judge: Judge) throws {
        var worst = 0
        for corner in worth.indices where worth[corner] > worth[worst] { worst = corner }
        let best = lowest
        var second = best
        for corner in worth.indices where worth[corner] > worth[second] && worth[corner] < worth[worst] {
            second = corner
        }
        let middle = middle(without: worst)
        var reflected = middle.indices.map { middle[$0] + 1.0 * (middle[$0] - corners[worst][$0]) }
        let value = try judge(&reflected)
        if value < worth[second], value >= worth[best] { replace(worst, reflected, value) }
        if value < worth[best] {
            var further = middle.indices.map { middle[$0] + 2.0 * (reflected[$0] - middle[$0]) }
            let other = try judge(&further)
            if other < value { replace(worst, further, other) } else { replace(worst, reflected, value) }
        }
        guard value >= worth[second] else { return }
        let isOutside = value < worth[worst] && value >= worth[second]
        var drawn = middle.indices.map { place in
            isOutside
                ? middle[place] + 0.5 * (reflected[place] - middle[place])
                : middle[place] - 0.5 * (middle[place] - corners[worst][place])
        }
        let other = try judge(&drawn)
        if other < worth[worst] { return replace(worst, drawn, other) }
        for corner in corners.indices where corner != best {
            for place in middle.indices {
                corners[corner][place] = corners[best][place] + (corners[corner][place] - corners[best][place]) / 2
            }
        }
        // The others keep the values of where they were, as in InfluxDB.
        worth[worst] = try judge(&corners[worst])
        worth[second] = try judge(&corners[second])
    }

    private func middle(without worst: Int) -> [Double] {
        corners[0].indices.map { place in
            var sum = 0.0
            for corner in corners.indices where corner != worst { sum += corners[corner][place] }
            return sum / Double(corners.count - 1)
        }
    }

    private mutating func replace(_ corner: Int, _ place: [Double], _ value: Double) {
        corners[corner] = place
        worth[corner] = value
    }
}
