package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// report checks the histories, prints what was done and found, and returns errFailed where something was wrong.
func report(o *Options, world *World, nemesis *Nemesis, nodes []int) error {
	histories := []*History{}
	entries := 0
	for _, key := range world.allKeys() {
		histories = append(histories, &key.History)
		entries += len(key.Entries)
	}
	began := time.Now()
	verdicts, err := checkAll(histories, filepath.Join(o.directory, "failures"))
	if err != nil {
		return err
	}
	passed, failed := 0, len(world.faults)
	for _, verdict := range verdicts {
		if verdict.Result == porcupine.Ok {
			passed++
			continue
		}
		failed++
		what := "is not linearizable"
		if verdict.Result == porcupine.Unknown {
			what = fmt.Sprintf("could not be decided in %s", checkTime)
		}
		fmt.Printf("FAULT %s/%s %s: %s, drawn in %s.html\n", verdict.History.Table, verdict.History.Key, what, verdict.File, verdict.File)
	}

	fmt.Println()
	printOutages(nemesis, nodes)
	c := world.counts
	total := c["done"] + c["condition failed"] + c["refused"] + c["unknown"] + c["wrong"]
	fmt.Printf("%d requests: %d done, %d conditions failed, %d refused, %d unknown (%d of writes)\n", total,
		c["done"], c["condition failed"], c["refused"], c["unknown"], c["unknown writes"])
	fmt.Printf("%d faults; %d starts on damaged files; %d nodes ended on a full disk\n", len(nemesis.windows), nemesis.damagedStarts, nemesis.endedOnFullDisk)
	fmt.Printf("%d histories with %d entries checked in %.1f s\n", len(histories), entries, time.Since(began).Seconds())
	for what, times := range world.wrongs {
		fmt.Printf("%d times: %s\n", times, what)
	}
	if len(world.faults) > faultsShown {
		fmt.Printf("%d faults more than were shown\n", len(world.faults)-faultsShown)
	}
	verdict := "every history is linearizable"
	if failed > 0 {
		verdict = "FAILED; again: " + o.again() + "; what was left is in " + o.directory
	} else if !o.keep {
		if err := os.RemoveAll(o.directory); err != nil {
			return err
		}
	}
	fmt.Printf("%s\n%d passed, %d failed\n", verdict, passed, failed)
	if failed > 0 {
		return errFailed
	}
	return nil
}

// printOutages prints a line for each kind of fault that was there.
func printOutages(nemesis *Nemesis, nodes []int) {
	fmt.Printf("%-22s %5s  %-28s %s\n", "fault", "times", "longest without a write", "longest from its end to")
	fmt.Printf("%-22s %5s  %-28s %s\n", "", "", "(nodes it did not harm)", "the first write (any node)")
	for _, kind := range kinds {
		times, worst := 0, Outage{}
		for _, window := range nemesis.windows {
			if window.Kind != kind.Name {
				continue
			}
			times++
			outage := nemesis.world.availability.Of(window, nodes)
			worst.Unharmed, worst.Recovery = max(worst.Unharmed, outage.Unharmed), max(worst.Recovery, outage.Recovery)
		}
		if times > 0 {
			unharmed := seconds(worst.Unharmed)
			if worst.Unharmed == 0 {
				unharmed = "-"
			}
			fmt.Printf("%-22s %5d  %-28s %s\n", kind.Name, times, unharmed, seconds(worst.Recovery))
		}
	}
	fmt.Println(strings.Repeat("-", 84))
}

func seconds(nanoseconds int64) string {
	return fmt.Sprintf("%.2f s", time.Duration(nanoseconds).Seconds())
}
