package main

import (
	"errors"
	"testing"
	"time"
)

func TestWritesAreResumedWhenOneSentLaterSucceedsThroughEveryNode(t *testing.T) {
	probes := []Probe{
		{node: 1, sent: 5, done: 30},                                 // Sent before.
		{node: 1, sent: 12, done: 15, err: errors.New("no")},         // Refused.
		{node: 1, sent: 11, done: 50}, {node: 1, sent: 20, done: 40}, // The later one was sooner done.
		{node: 2, sent: 11, done: 12},
	}
	if at, all := resumed(probes, []int{1, 2}, 10); !all || at != 40 {
		t.Error(at, all)
	}
	if _, all := resumed(probes, []int{1, 2, 3}, 10); all {
		t.Error("node 3 sent nothing")
	}
	if at, all := resumed(probes, []int{2}, 10); !all || at != time.Duration(12) {
		t.Error(at, all)
	}
}
