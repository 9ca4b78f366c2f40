package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fillDisk takes every byte of the node's disk. The node may refuse writes or end; with room again it serves.
func (n *Nemesis) fillDisk(fault Fault) error {
	node, err := n.cluster.Node(fault.Nodes[0])
	if err != nil {
		return err
	}
	filler := filepath.Join(filepath.Dir(node.DataDirectory), "filler")
	err = fill(filler)
	time.Sleep(fault.Hold)
	if err := errors.Join(err, os.Remove(filler)); err != nil {
		return err
	}
	if node, err = n.cluster.Node(node.Node); err != nil || node.PID != 0 {
		return err
	}
	n.endedOnFullDisk++
	return n.startAll(fault.Nodes)
}

func fill(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	chunk := make([]byte, 1<<20)
	for len(chunk) > 0 {
		if _, err = file.Write(chunk); errors.Is(err, syscall.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Damages that every start must refuse: each takes away or garbles what cannot be missed. Others, which a node
// may survive (a torn end of the log), would leave it without what it acknowledged, and so need its replacement.
var damages = []struct {
	name, pattern string
	damage        func(path string) error
}{
	{"the marker garbled", "SKERRY", garble},
	{"the marker missing", "SKERRY", os.Remove},
	{"CURRENT missing", "engine/CURRENT", os.Remove},
	{"CURRENT garbled", "engine/CURRENT", garble},
	{"MANIFEST emptied", "engine/MANIFEST-*", func(path string) error { return os.Truncate(path, 0) }},
	{"MANIFEST missing", "engine/MANIFEST-*", os.Remove},
	{"a data file missing", "engine/*.sst", os.Remove},
	{"a data file cut short", "engine/*.sst", halve},
}

func garble(path string) error { return os.WriteFile(path, []byte("\xff\x00abc"), 0o644) }

func halve(path string) error {
	information, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, information.Size()/2)
}

// damage kills the node, damages one of its files, expects that it does not start, and puts the file back.
func (n *Nemesis) damage(fault Fault) error {
	node, err := n.cluster.Node(fault.Nodes[0])
	if err != nil {
		return err
	}
	if err := n.cluster.Each("kill", fault.Nodes); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(fault.Draw, 0))
	for _, index := range random.Perm(len(damages)) {
		damage := damages[index]
		paths, err := filepath.Glob(filepath.Join(node.DataDirectory, damage.pattern))
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			continue // No data file yet.
		}
		path := paths[random.IntN(len(paths))]
		if err := n.expectRefusal(node, damage.name, path, damage.damage); err != nil {
			return err
		}
		break
	}
	return n.startAll(fault.Nodes)
}

func (n *Nemesis) expectRefusal(node Node, name, path string, damage func(string) error) error {
	kept, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	information, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := damage(path); err != nil {
		return err
	}
	fmt.Printf("           %s: %s\n", name, path)
	var refusal *Refusal
	if err := n.cluster.Do("restart", itoa(node.Node)); err == nil {
		n.world.fault(fmt.Sprintf("node %d started with %s (%s)", node.Node, name, path))
		if err := n.cluster.Do("kill", itoa(node.Node)); err != nil {
			return err
		}
	} else if !errors.As(err, &refusal) {
		return err
	}
	n.damagedStarts++
	return replace(path, kept, information.Mode())
}

func replace(path string, content []byte, mode fs.FileMode) error {
	if err := os.WriteFile(path, content, mode.Perm()); err != nil {
		return err
	}
	return os.Chmod(path, mode.Perm())
}
