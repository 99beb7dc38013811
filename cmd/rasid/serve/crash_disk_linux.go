//go:build crash && linux

package serve

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// What the kernel calls a filter of system calls; see seccomp(2).
const (
	noNewPrivileges = 38         // of prctl
	setFilter       = 1          // of seccomp
	allThreads      = 1          // a flag of it
	allow           = 0x7fff0000 // SECCOMP_RET_ALLOW
	refuse          = 0x00050000 // SECCOMP_RET_ERRNO, with the error in its lower half
)

// breakDisk makes the kernel refuse what a store's file needs: on a disk that is
// full there is no room to write ("full"), and on a broken one nothing reaches
// it ("sync"). Unlike a real disk it needs no rights, and the program meets the
// same errors of the same calls. Sockets and logs are written by other calls.
func breakDisk(how string) {
	calls, fault := []uint32{syscall.SYS_PWRITE64, syscall.SYS_FTRUNCATE, syscall.SYS_FALLOCATE}, syscall.ENOSPC
	if how == "sync" {
		calls, fault = []uint32{syscall.SYS_FSYNC, syscall.SYS_FDATASYNC}, syscall.EIO
	}
	number := map[string]uintptr{"amd64": 317, "arm64": 277}[runtime.GOARCH] // of seccomp itself
	program := filter(calls, fault)
	list := syscall.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, noNewPrivileges, 1, 0)
	if err == 0 {
		_, _, err = syscall.RawSyscall(number, setFilter, allThreads, uintptr(unsafe.Pointer(&list)))
	}
	if err != 0 {
		fmt.Fprintln(os.Stderr, "the disk cannot be broken:", err)
		os.Exit(3)
	}
}

// filter refuses calls with an error. Its first instruction loads the call's
// number; each next one jumps to the last where that is the number.
func filter(calls []uint32, fault syscall.Errno) []syscall.SockFilter {
	list := []syscall.SockFilter{{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS, K: 0}}
	for i, call := range calls {
		list = append(list, syscall.SockFilter{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, Jt: uint8(len(calls) - i), K: call})
	}
	return append(
		list,
		syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: allow},
		syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: refuse | uint32(fault)},
	)
}
