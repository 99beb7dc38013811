//go:build hyperscan

package hyperscan

/*
#cgo LDFLAGS: -lhs
#include <stdlib.h>
#include "driver.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

// A Matcher finds the rules that are true of a text.
type Matcher struct {
	driver *C.driver
	pinned runtime.Pinner
	free   []unsafe.Pointer
}

// New compiles rules.
func New(all []Rule) (*Matcher, error) {
	m := new(Matcher)
	literals, has, hasnt, want := number(all)
	texts := m.alloc(len(literals), unsafe.Sizeof((*C.char)(nil)))
	lengths := m.alloc(len(literals), unsafe.Sizeof(C.ulong(0)))
	for i, s := range literals {
		c := C.CString(s)
		m.free = append(m.free, unsafe.Pointer(c))
		unsafe.Slice((**C.char)(texts), len(literals))[i] = c
		unsafe.Slice((*C.ulong)(lengths), len(literals))[i] = C.ulong(len(s))
	}
	var why *C.char
	m.driver = C.driver_new((**C.char)(texts), (*C.ulong)(lengths), C.uint(len(literals)), C.uint(len(all)),
		m.list(has), m.list(hasnt), (*C.uint8_t)(m.pin(&want[0])), &why)
	if m.driver == nil {
		defer C.free(unsafe.Pointer(why))
		m.Close()
		return nil, fmt.Errorf("compile %d literals: %w", len(literals), errors.New(C.GoString(why)))
	}
	return m, nil
}

func (m *Matcher) alloc(n int, size uintptr) unsafe.Pointer {
	p := C.malloc(C.size_t(uintptr(n) * size))
	m.free = append(m.free, p)
	return p
}

func (m *Matcher) pin(p any) unsafe.Pointer {
	m.pinned.Pin(p)
	switch p := p.(type) {
	case *uint8:
		return unsafe.Pointer(p)
	case *uint32:
		return unsafe.Pointer(p)
	}
	return nil
}

func (m *Matcher) list(l lists) C.list {
	l.rules = append(l.rules, 0) // so that there is one to point at
	return C.list{starts: (*C.uint32_t)(m.pin(&l.starts[0])), rules: (*C.uint32_t)(m.pin(&l.rules[0]))}
}

// Scan finds the literals in a text, and returns how many.
func (m *Matcher) Scan(text string) int {
	return int(C.driver_scan(m.driver, (*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.uint(len(text))))
}

// Resolve tells how many rules are true of the text scanned last.
func (m *Matcher) Resolve() int { return int(C.driver_resolve(m.driver)) }

// Size returns the bytes of the compiled literals.
func (m *Matcher) Size() int { return int(C.driver_size(m.driver)) }

// Close frees what New took.
func (m *Matcher) Close() {
	C.driver_free(m.driver)
	for _, p := range m.free {
		C.free(p)
	}
	m.pinned.Unpin()
}
