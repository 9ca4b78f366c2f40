package main

import (
	"errors"
	"testing"
	"time"
)

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func TestWritesAreResumedWhenAllThatWereSentInAWhileAreDone(t *testing.T) {
	probes := []Probe{
		{node: 1, sent: ms(5), done: ms(900)},                           // Sent before.
		{node: 1, sent: ms(12), done: ms(15)},                           // Of a partition that was not touched.
		{node: 1, sent: ms(20), done: ms(700)},                          // Of one whose leader had died.
		{node: 1, sent: ms(30), done: ms(650)},                          //
		{node: 1, sent: ms(600), done: ms(2000)},                        // Of later: another matter.
		{node: 2, sent: ms(11), done: ms(12)}, {node: 2, sent: ms(600)}, // Had not to wait.
		{node: 3, sent: ms(11), done: ms(12)}, {node: 3, sent: ms(20)}, // Waits.
		{node: 4, sent: ms(11), done: ms(12)}, // Not long enough.
		{node: 5, sent: ms(11), done: ms(111), err: errors.New("no")},
		{node: 5, sent: ms(120), done: ms(125)}, {node: 5, sent: ms(900), done: ms(901)},
	}
	for node, want := range map[int]time.Duration{1: ms(700), 2: ms(12), 5: ms(125)} {
		if at, all := resumed(probes, []int{node}, ms(10)); !all || at != want {
			t.Error(node, at, all)
		}
	}
	for _, node := range []int{3, 4, 6} {
		if at, all := resumed(probes, []int{1, node}, ms(10)); all {
			t.Error(node, at)
		}
	}
}
