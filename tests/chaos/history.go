package main

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/anishathalye/porcupine"
)

// forever is when an operation returns whose outcome is unknown: it may take effect at any time after its call.
const forever = math.MaxInt64

// Input is what an operation of any workload asks for; the models say which members each kind has.
type Input struct {
	Kind    string
	Text    string `json:",omitempty"`
	Number  int64  `json:",omitempty"`
	Version int64  `json:",omitempty"`
	// How many bytes go with what is written; they mean nothing.
	Size int `json:",omitempty"`
}

// Output is what was answered. Unknown: nothing was, and the others mean nothing.
type Output struct {
	Unknown bool `json:",omitempty"`
	// Done: the condition held. Of operations without one always true.
	Done bool `json:",omitempty"`
	// Shown: the answer showed the item, or that there is none.
	Shown   bool   `json:",omitempty"`
	Text    string `json:",omitempty"`
	Number  int64  `json:",omitempty"`
	Version int64  `json:",omitempty"`
	Set     Bits   `json:",omitempty"`
}

// Bits is a set of small numbers: comparable, and never changed in place.
type Bits string

func (b Bits) With(n int) Bits {
	grown := make([]byte, max(len(b), n/8+1))
	copy(grown, b)
	grown[n/8] |= 1 << (n % 8)
	return Bits(grown)
}

func (b Bits) Without(n int) Bits {
	if n/8 >= len(b) {
		return b
	}
	changed := []byte(b)
	changed[n/8] &^= 1 << (n % 8)
	return Bits(strings.TrimRight(string(changed), "\x00"))
}

func (b Bits) Members() []int {
	members := []int{}
	for n := range len(b) * 8 {
		if b[n/8]&(1<<(n%8)) != 0 {
			members = append(members, n)
		}
	}
	return members
}

func (b Bits) String() string {
	words := []string{}
	for _, n := range b.Members() {
		words = append(words, strconv.Itoa(n))
	}
	return "{" + strings.Join(words, " ") + "}"
}

func (b Bits) MarshalJSON() ([]byte, error) { return json.Marshal(b.Members()) }

func (b *Bits) UnmarshalJSON(text []byte) error {
	var members []int
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	*b = ""
	for _, n := range members {
		*b = b.With(n)
	}
	return nil
}

// Entry is one request: an operation of a history. Times are nanoseconds since the run began.
type Entry struct {
	Lane, Node   int
	Call, Return int64
	Input        Input
	Output       Output
	// Why nothing is known.
	Error string `json:",omitempty"`
}

// History is what happened to one key; safe from any goroutine.
type History struct {
	Model, Table, Key string
	mutex             sync.Mutex
	Entries           []Entry
}

func (h *History) Add(entry Entry) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.Entries = append(h.Entries, entry)
}

// Operations gives the history to Porcupine. A lane is a client until the outcome of one of its requests is
// unknown: that one never ends, and the next one of the client is concurrent with it.
func (h *History) Operations() []porcupine.Operation {
	lanes := map[int]int{}
	operations := make([]porcupine.Operation, 0, len(h.Entries))
	for _, entry := range h.Entries {
		if _, known := lanes[entry.Lane]; !known {
			lanes[entry.Lane] = len(lanes)
		}
		operations = append(operations, porcupine.Operation{
			ClientId: lanes[entry.Lane], Input: entry.Input, Call: entry.Call, Output: entry.Output, Return: entry.Return})
	}
	return operations
}
