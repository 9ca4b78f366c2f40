package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
)

// Node is a line of `tools/cluster status --json`.
type Node struct {
	Node          int    `json:"node"`
	PID           int    `json:"pid"` // 0 where the node is down.
	State         string `json:"state"`
	Endpoint      string `json:"endpoint"`
	Admin         string `json:"admin"`
	DataDirectory string `json:"data_directory"`
	Log           string `json:"log"`
}

// Cluster is a cluster that tools/cluster runs, and may harm.
type Cluster struct {
	tool, directory string
}

// Do runs a command of tools/cluster; the error has what it said.
func (c *Cluster) Do(command string, words ...string) error {
	_, err := c.output(command, words...)
	return err
}

// Refusal is what tools/cluster said when it could not do what it was asked for.
type Refusal struct{ text string }

func (r *Refusal) Error() string { return r.text }

func (c *Cluster) output(command string, words ...string) ([]byte, error) {
	// Before what is for skerryd.
	words = append([]string{command, "--dir", c.directory}, words...)
	var said strings.Builder
	child := exec.Command(c.tool, words...)
	child.Stderr = &said
	output, err := child.Output()
	if err != nil {
		return nil, &Refusal{fmt.Sprintf("%s: %v: %s", strings.Join(words, " "), err, strings.TrimSpace(said.String()))}
	}
	return output, nil
}

// Each runs a command for each of the nodes, in turn.
func (c *Cluster) Each(command string, nodes []int, words ...string) error {
	for _, node := range nodes {
		if err := c.Do(command, append([]string{itoa(node)}, words...)...); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) Status() ([]Node, error) {
	output, err := c.output("status", "--json")
	if err != nil {
		return nil, err
	}
	var nodes []Node
	return nodes, json.Unmarshal(output, &nodes)
}

// Node is the status of one node.
func (c *Cluster) Node(number int) (Node, error) {
	nodes, err := c.Status()
	if err != nil {
		return Node{}, err
	}
	return nodes[number-1], nil
}
