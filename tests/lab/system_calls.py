"""The filter of system calls that a running process is under, read from the kernel and evaluated:
what it lets through is known without making the process try."""

import ctypes
import os
import struct

from . import processes

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, PTRACE_GET_FILTER = 0x4206, 0x4207, 17, 0x420C
WALL = 0x40000000
LOAD, AND, RETURN = 0x20, 0x54, 0x06
JUMPS = {0x15: lambda a, k: a == k, 0x25: lambda a, k: a > k, 0x35: lambda a, k: a >= k,
         0x45: lambda a, k: a & k != 0}
ALWAYS = 0x05
ALLOW, REFUSE_EPERM = 0x7FFF0000, 0x00050001
ARGUMENTS = 16  # where they begin in struct seccomp_data, eight bytes each

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_seccomp = ctypes.CDLL("libseccomp.so.2")
_seccomp.seccomp_arch_native.restype = ctypes.c_uint32
_seccomp.seccomp_syscall_resolve_num_arch.restype = ctypes.c_void_p
ARCHITECTURE = _seccomp.seccomp_arch_native()
_free = _libc.free
_free.argtypes = [ctypes.c_void_p]


def name_of(number):
    """The system call's name, None where there is none of that number."""
    found = _seccomp.seccomp_syscall_resolve_num_arch(0, number)
    if not found:
        return None
    name = ctypes.string_at(found).decode()
    _free(found)
    return name


def number_of(name):
    return _seccomp.seccomp_syscall_resolve_name(name.encode())


class Filter:
    """Of one thread; it is stopped for the few milliseconds that the reading takes."""

    def __init__(self, thread):
        def ptrace(request, address=0, data=None):
            result = _libc.ptrace(request, thread, address, data)
            if result < 0:
                error = ctypes.get_errno()
                raise OSError(error, f"ptrace: {os.strerror(error)}")
            return result

        ptrace(PTRACE_SEIZE)
        try:
            ptrace(PTRACE_INTERRUPT)
            processes.wait_until(lambda: os.waitpid(thread, WALL | os.WNOHANG)[0] == thread, 5,
                                 "the thread's stop", period=0.0005)
            length = ptrace(PTRACE_GET_FILTER)
            code = ctypes.create_string_buffer(8 * length)
            ptrace(PTRACE_GET_FILTER, 0, ctypes.cast(code, ctypes.c_void_p))
        finally:
            ptrace(PTRACE_DETACH)
        self.program = [struct.unpack_from("=HBBI", code.raw, 8 * index)
                         for index in range(length)]

    def outcomes(self, name, *arguments):
        """What may come of the call; an argument that is not given may be anything."""
        return self._outcomes(number_of(name), arguments)

    def allows(self, name, *arguments):
        """Whether the call passes with these arguments, whatever the others are."""
        return self.outcomes(name, *arguments) == {ALLOW}

    def by_name(self):
        """The outcomes of every system call that there is, with any arguments."""
        named = ((name_of(number), number) for number in range(1024))
        return {name: self._outcomes(number, ()) for name, number in named if name}

    def _load(self, offset, number, arguments):
        if offset == 0:
            return number
        if offset == 4:
            return ARCHITECTURE
        index, half = divmod(offset - ARGUMENTS, 8)
        if offset < ARGUMENTS or index >= len(arguments) or arguments[index] is None:
            return None
        return arguments[index] >> (8 * half) & 0xFFFFFFFF

    def _outcomes(self, number, arguments):
        found, seen, todo = set(), set(), [(0, None)]
        while todo:
            state = todo.pop()
            if state in seen:
                continue
            seen.add(state)
            at, value = state
            code, then, otherwise, constant = self.program[at]
            if code == RETURN:
                found.add(constant)
            elif code == LOAD:
                todo.append((at + 1, self._load(constant, number, arguments)))
            elif code == AND:
                todo.append((at + 1, None if value is None else value & constant))
            elif code == ALWAYS:
                todo.append((at + 1 + constant, value))
            else:
                taken = (True, False) if value is None else (JUMPS[code](value, constant),)
                todo += [(at + 1 + (then if each else otherwise), value) for each in taken]
        return found
