package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Nemesis carries out a plan, one fault at a time; all is healed between faults.
type Nemesis struct {
	cluster *Cluster
	world   *World
	plan    *Plan
	windows []Window
	// Nodes that ended when their disk was full, which they may.
	endedOnFullDisk int
	damagedStarts   int
}

// How each kind is done. Each returns when the fault is over and every node was told to run again.
var actions = map[string]func(*Nemesis, Fault) error{
	"kill":                (*Nemesis).kill,
	"kill while starting": (*Nemesis).killWhileStarting,
	"stop":                (*Nemesis).stop,
	"pause":               (*Nemesis).pause,
	"stutter":             (*Nemesis).stutter,
	"partition":           (*Nemesis).part,
	"one-way partition":   (*Nemesis).part,
	"bridge":              (*Nemesis).part,
	"flapping partition":  (*Nemesis).flap,
	"disk full":           (*Nemesis).fillDisk,
	"damaged file":        (*Nemesis).damage,
	"kill the majority":   (*Nemesis).kill,
	"kill all":            (*Nemesis).kill,
	"pause the majority":  (*Nemesis).pause,
	"total partition":     (*Nemesis).part,
}

// run harms the cluster until the context ends, or until it cannot be healed any more, which is an error.
func (n *Nemesis) run(ctx context.Context) error {
	for sleep(ctx, restMin) {
		fault := n.plan.Next()
		fmt.Printf("%7.1f s  %s\n", time.Duration(n.world.now()).Seconds(), fault)
		window := Window{Kind: fault.Kind, Harmed: fault.Nodes, Majority: tooMany(fault), Begin: n.world.now()}
		if len(n.windows) > 0 {
			n.windows[len(n.windows)-1].Ends = window.Begin
		}
		if err := actions[fault.Kind](n, fault); err != nil {
			return fmt.Errorf("%s: %w", fault, err)
		}
		window.Healed = n.world.now()
		n.windows = append(n.windows, window)
		sleep(ctx, fault.Rest-restMin)
		if err := n.expectAllUp(fault); err != nil {
			return err
		}
	}
	return nil
}

// close ends the last window.
func (n *Nemesis) close() {
	if len(n.windows) > 0 {
		n.windows[len(n.windows)-1].Ends = n.world.now()
	}
}

// expectAllUp finds nodes that ended by themselves, and starts them again.
func (n *Nemesis) expectAllUp(after Fault) error {
	nodes, err := n.cluster.Status()
	if err != nil {
		return err
	}
	for _, node := range nodes {
		if node.PID != 0 {
			continue
		}
		n.world.fault(fmt.Sprintf("node %d ended by itself after %q; its log is %s", node.Node, after, node.Log))
		if err := n.cluster.Do("restart", itoa(node.Node)); err != nil {
			return err
		}
	}
	return nil
}

// tooMany says whether a partition may have lost its majority: of its three replicas it can do without one.
func tooMany(fault Fault) bool {
	return majority(fault.Kind) || (fault.Kind != "bridge" && len(fault.Nodes) > 1)
}

func majority(name string) bool {
	for _, kind := range kinds {
		if kind.Name == name {
			return kind.Majority
		}
	}
	return false
}

// sleep returns whether it slept to the end.
func sleep(ctx context.Context, duration time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(duration):
		return true
	}
}

func (n *Nemesis) kill(fault Fault) error {
	if err := n.cluster.Each("kill", fault.Nodes); err != nil {
		return err
	}
	time.Sleep(fault.Hold)
	return n.startAll(fault.Nodes)
}

// startAll starts nodes without waiting for one before the next: none is ready before a majority is there.
func (n *Nemesis) startAll(nodes []int) error { return n.cluster.Each("restart", nodes, "--no-wait") }

func (n *Nemesis) killWhileStarting(fault Fault) error {
	random := rand.New(rand.NewPCG(fault.Draw, 0))
	if err := n.cluster.Each("kill", fault.Nodes); err != nil {
		return err
	}
	for range 1 + random.IntN(3) {
		if err := n.startAll(fault.Nodes); err != nil {
			return err
		}
		time.Sleep(time.Duration(random.Int64N(int64(fault.Hold))))
		if err := n.cluster.Each("kill", fault.Nodes); err != nil {
			return err
		}
	}
	return n.startAll(fault.Nodes)
}

func (n *Nemesis) stop(fault Fault) error {
	if err := n.cluster.Each("stop", fault.Nodes); err != nil {
		return err
	}
	time.Sleep(fault.Hold)
	return n.startAll(fault.Nodes)
}

func (n *Nemesis) pause(fault Fault) error {
	if err := n.cluster.Each("pause", fault.Nodes); err != nil {
		return err
	}
	time.Sleep(fault.Hold)
	return n.cluster.Each("resume", fault.Nodes)
}

// stutter pauses and resumes: long enough to be missed, and not always as long as to be replaced.
func (n *Nemesis) stutter(fault Fault) error {
	random := rand.New(rand.NewPCG(fault.Draw, 0))
	short := Fault{Nodes: fault.Nodes}
	for end := time.Now().Add(fault.Hold); time.Now().Before(end); {
		short.Hold = between(random, 50*time.Millisecond, time.Second)
		if err := n.pause(short); err != nil {
			return err
		}
		time.Sleep(between(random, 0, 200*time.Millisecond))
	}
	return nil
}

func (n *Nemesis) part(fault Fault) error {
	words := groupWords(fault.Groups)
	if fault.OneWay {
		words = append(words, "--one-way")
	}
	if err := n.cluster.Do("partition", words...); err != nil {
		return err
	}
	time.Sleep(fault.Hold)
	return n.cluster.Do("heal")
}

func (n *Nemesis) flap(fault Fault) error {
	random := rand.New(rand.NewPCG(fault.Draw, 0))
	short := Fault{Groups: fault.Groups}
	for end := time.Now().Add(fault.Hold); time.Now().Before(end); {
		short.Hold = between(random, 0, time.Second)
		if err := n.part(short); err != nil {
			return err
		}
		time.Sleep(between(random, 0, 300*time.Millisecond))
	}
	return nil
}
