import Testing

@Suite("Function lengths")
struct FunctionLengthsTests {
    private func lengths(_ text: String) -> [String] {
        FunctionLengths(of: text).functions.map { "\($0.name) \($0.line) \($0.lineCount)" }
    }

    @Test("a function over 70 lines is found, and one of 70 is counted right")
    func tooLong() {
        let body = String(repeating: "    work()\n", count: 68)
        #expect(lengths("func fits() {\n\(body)}\n") == ["fits 1 70"])
        #expect(lengths("struct A {\n    init(_ x: Int) {\n\(body)\n    }\n}\n") == ["init 2 71"])
        let found = FunctionLengths(of: "\nfunc long(\n    a: Int\n) -> Int {\n\(body)}\n").functions
        #expect(found == [.init(name: "long", line: 2, lineCount: 72)])
    }

    @Test("braces in strings, in interpolations and in comments do not count")
    func bracesElsewhere() {
        let text = ##"""
            func a() {
                let x = "}" + "\"}" + "\(f("}") { "}" })" + #"\}"}"# // }
                /* } /* } */ } */
                let y = """
                    } "
                    """
            }
            func b() { }
            """##
        #expect(lengths(text) == ["a 1 7", "b 8 1"])
    }

    @Test("initialisers, subscripts and generic functions are functions; calls of initialisers are not")
    func declarations() {
        let text = """
            struct A {
                init?() { self.init(1) }
                init<T>(_ x: T) {
                }
                subscript(index: Int) -> Int { index }
                deinit {
                    A.init()
                }
                func g<T>(_ x: T) where T: P { x.map { $0 } }
            }
            """
        #expect(lengths(text) == ["init 2 1", "init 3 2", "subscript 5 1", "deinit 6 3", "g 9 1"])
    }

    @Test("a function without a body is none, and a closure among the parameters is no body")
    func noBody() {
        let text = """
            protocol P {
                func a(_ x: Int) -> Int
                init(x: Int)
                func b()
            }
            func c(
                _ f: () -> Void = { },
                _ g: [Int] = [1].map { $0 }
            ) {
                func inner() {
                }
            }
            """
        #expect(lengths(text) == ["inner 10 2", "c 6 7"])
    }
}
