"""Traces a call in a program and reports what models of processors say of it; see ../port-models.

report.py LLVM MODELS TITLE FUNCTION PROGRAM ARGUMENTS...

FUNCTION is a regular expression; the third call of what has such a name is traced. Where it is a workload's
`run`, it takes one step.
"""

import bisect
import collections
import ctypes
import json
import os
import re
import signal
import subprocess
import sys

# So many instructions are traced of a call.
MOST_TRACED = 1_000_000
# A call of no more is given to the models whole, once, and so many times in a row.
MOST_WHOLE, IN_A_ROW = 150_000, 20
# Loops of a smaller share of the instructions are left out.
LEAST_SHARE = 0.03

# Calls are no work, and where the stack ends is followed beside it; a model takes each push for the next one's wait.
NOT_MODELLED = re.compile(
    r"call|ret|endbr|nop|vzeroupper|ud2|int3|push|pop|(and|sub|add|mov|lea)\w* .*%rsp$|mov %rsp,%rbp"
)

TRACEME, PEEKTEXT, PEEKUSER, POKETEXT, POKEUSER, CONT, KILL, STEP = 0, 1, 3, 4, 6, 7, 8, 9
# Where `struct user` has these registers.
RIP, RSP, RDX = 16 * 8, 19 * 8, 12 * 8

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, at=None, data=None):
    return libc.ptrace(request, pid, at, data) & 0xFFFFFFFFFFFFFFFF


class Code:
    """The instructions of a program, by address, and its functions."""

    def __init__(self, program):
        text = subprocess.run(
            ["objdump", "-d", "-C", "-w", "--no-show-raw-insn", program],
            check=True, capture_output=True, text=True,
        ).stdout
        self.instructions, self.functions = {}, []
        for line in text.splitlines():
            if found := re.match(r"([0-9a-f]+) <(.*)>:$", line):
                self.functions.append((int(found[1], 16), found[2]))
            elif found := re.match(r"\s*([0-9a-f]+):\s+(\S.*)", line):
                instruction = re.sub(r"\s*(<.*>|#.*)$", "", found[2].replace("\t", " "))
                self.instructions[int(found[1], 16)] = instruction
        self.functions.sort()

    def function(self, address):
        at = bisect.bisect(self.functions, (address, "~")) - 1
        return self.functions[at][1] if at >= 0 else "?"


def trace(code, function, command):
    """Addresses of the instructions that the third call executes, and whether it came to its end."""
    starts = [at for at, name in code.functions if re.search(function, name)]
    if not starts:
        sys.exit(f"error: no function is called {function}")
    pid = os.fork()
    if pid == 0:
        ptrace(TRACEME, 0)
        libc.personality(0x0040000)  # where the program lies is the same in each run
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(command[0], command)
    os.waitpid(pid, 0)
    with open(f"/proc/{pid}/maps") as maps:
        first = next(line for line in maps if os.path.realpath(command[0]) in line)
    low = min(at for at, _ in code.functions)
    base = int(first.split("-")[0], 16) if low < 0x100000 else 0
    words = {base + at: ptrace(PEEKTEXT, pid, base + at) for at in starts}
    calls = collections.Counter()
    while True:
        for at, word in words.items():
            ptrace(POKETEXT, pid, at, word & ~0xFF | 0xCC)
        ptrace(CONT, pid)
        _, status = os.waitpid(pid, 0)
        if not (os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTRAP):
            sys.exit(f"error: {function} was not called three times")
        entry = ptrace(PEEKUSER, pid, RIP) - 1
        for at, word in words.items():
            ptrace(POKETEXT, pid, at, word)
        ptrace(POKEUSER, pid, RIP, entry)
        calls[entry] += 1
        if calls[entry] == 3:
            break
        ptrace(STEP, pid)
        os.waitpid(pid, 0)
    if "Workload" in function:
        ptrace(POKEUSER, pid, RDX, 1)
    stack, at, executed = ptrace(PEEKUSER, pid, RSP), entry, []
    while len(executed) < MOST_TRACED and ptrace(PEEKUSER, pid, RSP) <= stack:
        executed.append(at - base)
        ptrace(STEP, pid)
        os.waitpid(pid, 0)
        at = ptrace(PEEKUSER, pid, RIP)
    whole = len(executed) < MOST_TRACED
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return executed, whole


def loops(executed):
    """Loops without another inside: what they execute, and how often."""
    counts, begin = collections.Counter(), 0
    for i in range(1, len(executed)):
        before, now = executed[i - 1], executed[i]
        if now <= before:
            if now == executed[begin]:
                counts[tuple(executed[begin:i])] += 1
            begin = i
    return counts


def is_multiply_add(instruction):
    return re.match(r"vfn?m(add|sub)\d", instruction) is not None


def scalars(instruction):
    """How many products an instruction adds."""
    name, operands = instruction.split(maxsplit=1)
    if name.endswith(("ss", "sd")):
        return 1
    bytes_of_all = {"z": 64, "y": 32, "x": 16}[re.search(r"%([xyz])mm", operands)[1]]
    return bytes_of_all // (4 if name.endswith("ps") else 8)


def reads(instruction):
    """Whether an instruction reads memory: AT&T has what is written last."""
    return "(" in instruction.rsplit(",", 1)[0] and not re.match(r"lea|prefetch", instruction)


def asked(llvm, model, instructions, iterations):
    """Cycles of all iterations, and the resource that is used most with its cycles in each."""
    text = [i for i in instructions if not NOT_MODELLED.match(i)]
    # Where a jump leads to does not matter.
    text = [re.sub(r"^(j\w+) .*", r"\1 0x0", i) for i in text]
    found = subprocess.run(
        [f"llvm-mca-{llvm}", "-mtriple=x86_64-linux-gnu", f"-mcpu={model}", "-json",
         f"-iterations={iterations}"],
        input="\n".join(text) + "\n", check=True, capture_output=True, text=True,
    ).stdout
    found = json.loads(found)
    region = found["CodeRegions"][0]
    uses = region["ResourcePressureView"]["ResourcePressureInfo"]
    # Behind those of the instructions stand their sums.
    sums = max(use["InstructionIndex"] for use in uses)
    most, index = max(
        (use["ResourceUsage"], use["ResourceIndex"]) for use in uses if use["InstructionIndex"] == sums
    )
    name = found["TargetInfo"]["Resources"][index]
    return region["SummaryView"]["TotalCycles"], name, most


def short(name):
    """A function's name without what all have."""
    name = re.sub(r"constprop::|fast::|registers::|x86::|core::|workloads::", "", name)
    return name if len(name) < 70 else name[:67] + "..."


def main():
    llvm, models, title, function, *command = sys.argv[1:]
    models = models.split()
    code = Code(command[0])
    executed, whole = trace(code, function, command)
    known = [at for at in executed if at in code.instructions]
    text = [code.instructions[at] for at in known]
    products = sum(scalars(i) for i in text if is_multiply_add(i))
    print(f"\n{title}: {len(executed):,} instructions{'' if whole else ' and more'}, of which "
          f"{len(executed) - len(known):,} in libraries; {products:,} products\n")
    if whole and len(executed) <= MOST_WHOLE:
        print("| model | cycles, alone | in a row, each | most used |\n| --- | --- | --- | --- |")
        for model in models:
            alone, _, _ = asked(llvm, model, text, 1)
            times = IN_A_ROW if len(text) < 10_000 else 2
            row, name, most = asked(llvm, model, text, times)
            print(f"| {model} | {alone:,} | {row / times:,.0f} | {name}, {most:,.0f} |")
        print()
    rows = []
    for body, count in sorted(loops(known).items(), key=lambda item: -len(item[0]) * item[1]):
        share = len(body) * count / len(known)
        if share < LEAST_SHARE:
            break
        lines = [code.instructions[at] for at in body]
        row = f"| {short(code.function(body[0]))} {body[0]:x} | {share:.0%} | {count:,} | {len(body)}"
        row += f" | {sum(map(reads, lines))} | {sum(map(is_multiply_add, lines))}"
        for model in models:
            cycles, name, most = asked(llvm, model, lines, 100)
            row += f" | {cycles / 100:.1f} | {name} {most:.1f}"
        rows.append(f"{row} |")
    if rows:
        heading = "".join(f" | {m}: cycles | most used" for m in models)
        print(f"| loop | share | times | instructions | reads | multiply-adds{heading} |")
        print("| --- | --- | --- | --- | --- | ---" + " | --- | ---" * len(models) + " |")
        print("\n".join(rows))


main()
