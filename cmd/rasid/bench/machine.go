package bench

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// A Machine is what figures were measured on.
type Machine struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPU        string `json:"cpu"` // as the system names it; empty where it does not tell
	Processors int    `json:"processors"`
	Go         string `json:"go"`
}

// ThisMachine describes the machine that the program runs on.
func ThisMachine() Machine {
	return Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: processor(), Processors: runtime.NumCPU(), Go: runtime.Version()}
}

// String is the machine in a line.
func (m Machine) String() string {
	s := fmt.Sprintf("%s/%s, %d processors", m.OS, m.Arch, m.Processors)
	if m.CPU != "" {
		s += " (" + m.CPU + ")"
	}
	return s + ", " + m.Go
}

// processor is the model's name as Linux tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "" // another system
	}
	defer f.Close() //nolint:errcheck // read only
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
