package main

import (
	"encoding/json"
	"testing"

	"github.com/anishathalye/porcupine"
)

// happened makes a history whose entries follow each other, but for unknown ones, which never end.
func happened(model string, entries ...Entry) *History {
	history := &History{Model: model, Table: "t", Key: "k"}
	for i, entry := range entries {
		entry.Lane, entry.Call, entry.Return = i, int64(2*i), int64(2*i+1)
		if entry.Output.Unknown {
			entry.Return = forever
		}
		history.Add(entry)
	}
	return history
}

func expect(t *testing.T, wanted porcupine.CheckResult, history *History) {
	t.Helper()
	verdict, err := check(history, t.TempDir())
	if err != nil || verdict.Result != wanted {
		t.Errorf("%s, %v; expected %s", verdict.Result, err, wanted)
	}
}

var unknown = Output{Unknown: true}

func put(text string, out Output) Entry {
	return Entry{Input: Input{Kind: "put", Text: text}, Output: out}
}
func got(text string) Entry {
	return Entry{Input: Input{Kind: "get"}, Output: Output{Done: true, Shown: true, Text: text}}
}

func TestRegister(t *testing.T) {
	done := Output{Done: true}
	expect(t, porcupine.Ok, happened("register", got(""), put("a", done), got("a"), put("b", Output{Done: true, Shown: true, Text: "a"})))
	// A lost write, and one that shows what was not there.
	expect(t, porcupine.Illegal, happened("register", put("a", done), got("")))
	expect(t, porcupine.Illegal, happened("register", put("a", done), put("b", Output{Done: true, Shown: true})))
	expect(t, porcupine.Illegal, happened("register", put("a", done), put("b", done), got("a")))
	// An unknown one may be seen late, or never, but not come and go.
	expect(t, porcupine.Ok, happened("register", put("a", done), put("b", unknown), got("a"), got("b")))
	expect(t, porcupine.Ok, happened("register", put("a", done), put("b", unknown), got("a")))
	expect(t, porcupine.Illegal, happened("register", put("a", done), put("b", unknown), got("b"), got("a")))
}

func TestCounter(t *testing.T) {
	add := func(number int64, out Output) Entry {
		return Entry{Input: Input{Kind: "add", Number: number}, Output: out}
	}
	sum := func(number int64) Output { return Output{Done: true, Shown: true, Number: number} }
	read := func(number int64) Entry { return Entry{Input: Input{Kind: "get"}, Output: sum(number)} }
	expect(t, porcupine.Ok, happened("counter", read(0), add(2, sum(2)), add(3, unknown), add(5, sum(7)), read(10)))
	// Applied twice, and lost.
	expect(t, porcupine.Illegal, happened("counter", add(3, unknown), read(3), read(6)))
	expect(t, porcupine.Illegal, happened("counter", add(2, sum(2)), add(5, sum(5))))
}

func TestSet(t *testing.T) {
	change := func(kind string, number int64, out Output) Entry {
		return Entry{Input: Input{Kind: kind, Number: number}, Output: out}
	}
	shows := func(members ...int) Output {
		out := Output{Done: true, Shown: true}
		for _, n := range members {
			out.Set = out.Set.With(n)
		}
		return out
	}
	expect(t, porcupine.Ok, happened("set", change("add", 1, shows(1)), change("add", 20, shows(1, 20)), change("remove", 20, shows(1)), change("get", 0, shows(1))))
	expect(t, porcupine.Ok, happened("set", change("add", 9, unknown), change("get", 0, shows()), change("get", 0, shows(9))))
	expect(t, porcupine.Illegal, happened("set", change("add", 1, shows(1)), change("add", 2, shows(2))))
}

func TestVersion(t *testing.T) {
	create := func(text string, out Output) Entry {
		return Entry{Input: Input{Kind: "create", Text: text}, Output: out}
	}
	swap := func(version int64, text string, out Output) Entry {
		return Entry{Input: Input{Kind: "swap", Version: version, Text: text}, Output: out}
	}
	done := Output{Done: true}
	failed := func(version int64, text string) Output { return Output{Shown: true, Version: version, Text: text} }
	expect(t, porcupine.Ok, happened("version", create("a", done), create("b", failed(1, "a")), swap(1, "c", done), swap(1, "d", failed(2, "c"))))
	// Two winners.
	expect(t, porcupine.Illegal, happened("version", create("a", done), create("b", done)))
	expect(t, porcupine.Illegal, happened("version", create("a", done), swap(1, "c", done), swap(1, "d", done)))
	// A condition that failed on a write of which nothing was heard, and then did not hold.
	expect(t, porcupine.Ok, happened("version", create("a", unknown), create("b", failed(1, "a"))))
	expect(t, porcupine.Illegal, happened("version", create("a", unknown), create("b", done), swap(1, "c", failed(1, "a"))))
}

func TestAKeptHistoryIsReadBack(t *testing.T) {
	history := happened("set", Entry{Input: Input{Kind: "add", Number: 11}, Output: Output{Done: true, Shown: true, Set: Bits("").With(11)}})
	path := t.TempDir() + "/history.json"
	if err := save(history, path); err != nil {
		t.Fatal(err)
	}
	if err := checkFile(path); err != nil {
		t.Error(err)
	}
	var again Bits
	if err := json.Unmarshal([]byte("[0, 9]"), &again); err != nil || again.String() != "{0 9}" {
		t.Error(again, err)
	}
	if again.Without(9) != Bits("").With(0) {
		t.Error("a set is not the same by another way to it")
	}
}
