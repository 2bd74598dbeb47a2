"""How well does recall find things, and how fast? The product end to end: files in, `Me.recall` out.

    python -m benchmarks.recall locomo --data FILE         turns of long conversations between two people
    python -m benchmarks.recall longmemeval --data DIR     evidence turns among foreign sessions with an assistant
    python -m benchmarks.recall life                       the sample life and the lives in benchmarks/lives
    python -m benchmarks.recall speed --passages 10000     a query's time, a store's size

benchmarks/recall/README.md says what each of them measures.
"""
