"""What is learnt from passages: is it true, does it keep up with changes, does it help, what does it cost?

    python -m benchmarks.memory updates --data FILE        what is known of ten users after four sessions
    python -m benchmarks.memory fabrication --data FILE    every stored fact checked against the files it quotes
    python -m benchmarks.memory cost                       seconds and tokens per 1,000 passages
    python -m benchmarks.memory scale                      reconciling one new fact among 100,000
    python -m benchmarks.memory recall --locomo FILE       recall with facts against recall without

benchmarks/memory/README.md says what each of them measures.
"""
