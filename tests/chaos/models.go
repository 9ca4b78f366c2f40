package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// item is the state of a key in any model; each uses the members that it needs.
type item struct {
	exists  bool
	text    string
	number  int64
	version int64
	set     Bits
}

// step answers whether `out` may be what `in` says in state `now`, and the state after it. An unknown outcome
// agrees with everything: with the effect now, or, since it never returns, with none at all (ordered last).
type step func(now item, in Input, out Output) (bool, item)

var models = map[string]step{
	"register": register,
	"counter":  counter,
	"set":      set,
	"version":  version,
}

// register: put (Text) and delete may show what was there before; get shows what is.
func register(now item, in Input, out Output) (bool, item) {
	shows := out.Unknown || !out.Shown || out.Text == now.text
	switch in.Kind {
	case "put":
		return shows, item{exists: true, text: in.Text}
	case "delete":
		return shows, item{}
	case "get":
		return shows, now
	}
	panic("register: " + in.Kind)
}

// counter: add (Number) may show the sum after it; get shows the sum, which is 0 where there is no item.
func counter(now item, in Input, out Output) (bool, item) {
	after := now
	if in.Kind == "add" {
		after = item{exists: true, number: now.number + in.Number}
	}
	return out.Unknown || !out.Shown || out.Number == after.number, after
}

// set: add and remove (Number) may show the set after them; get shows it.
func set(now item, in Input, out Output) (bool, item) {
	after := now
	switch in.Kind {
	case "add":
		after.set = now.set.With(int(in.Number))
	case "remove":
		after.set = now.set.Without(int(in.Number))
	}
	return out.Unknown || !out.Shown || out.Set == after.set, after
}

// version: create (Text) is done where there is no item; swap (Version, Text) where the item has that version,
// and then it has the next one; either shows the item where it is not done. get shows it.
func version(now item, in Input, out Output) (bool, item) {
	holds, after := true, now
	switch in.Kind {
	case "create":
		holds, after = !now.exists, item{exists: true, version: 1, text: in.Text}
	case "swap":
		holds = now.exists && now.version == in.Version
		after = item{exists: true, version: in.Version + 1, text: in.Text}
	}
	if !holds {
		after = now
	}
	if out.Unknown {
		return true, after
	}
	shows := !out.Shown || (out.Version == now.version && out.Text == now.text)
	return out.Done == holds && shows, after
}

// modelOf makes a step a model of Porcupine's.
func modelOf(name string) porcupine.Model {
	step := models[name]
	return porcupine.Model{
		Init: func() any { return item{} },
		Step: func(state, input, output any) (bool, any) {
			return step(state.(item), input.(Input), output.(Output))
		},
		DescribeOperation: func(input, output any) string { return describe(input.(Input), output.(Output)) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state.(item)) },
	}
}

func describe(in Input, out Output) string {
	answer := fmt.Sprintf("%s %d v%d %s", out.Text, out.Number, out.Version, out.Set)
	switch {
	case out.Unknown:
		answer = "unknown"
	case !out.Done:
		answer = "condition failed: " + answer
	case !out.Shown:
		answer = "done"
	}
	return fmt.Sprintf("%s(%s %d v%d) -> %s", in.Kind, in.Text, in.Number, in.Version, answer)
}
