import Testing

@testable import Downsampling

@Suite("Stretches of time")
struct TimeRangesTests {
    @Test("whatever is put in, in any order, the stretches cover that and do not touch")
    func union() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var ranges = TimeRanges()
            var covered: Set<Int64> = []
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                let start = Int64.random(in: -50...50, using: &random)
                let range = start..<(start + Int64.random(in: 0...10, using: &random))
                ranges.insert(range)
                covered.formUnion(range)
            }
            #expect(Set(ranges.ranges.flatMap { Array($0) }) == covered)
            for (one, next) in zip(ranges.ranges, ranges.ranges.dropFirst()) {
                #expect(one.upperBound < next.lowerBound)
            }
        }
    }

    @Test("the first stretch is taken in parts")
    func take() {
        var ranges = TimeRanges()
        ranges.insert(20..<50)
        ranges.insert(0..<10)
        #expect(ranges.takeFirst(span: 20) == 0..<10)
        #expect(ranges.takeFirst(span: 20) == 20..<40)
        #expect(ranges.takeFirst(span: 20) == 40..<50)
        #expect(ranges.takeFirst(span: 20) == nil)
    }

    @Test("of very many stretches each two become one: none is forgotten")
    func bounded() {
        var ranges = TimeRanges()
        for place in Int64(0)..<15_000 { ranges.insert(place * 100..<place * 100 + 10) }
        #expect(ranges.ranges.count <= 10_000)
        let isCovered = (Int64(0)..<15_000).allSatisfy { place in
            ranges.ranges.contains { $0.contains(place * 100) && $0.contains(place * 100 + 9) }
        }
        #expect(isCovered)
    }
}
