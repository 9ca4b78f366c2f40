package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Fault is one step of the nemesis, drawn from the seed alone.
type Fault struct {
	Kind string
	// The nodes that it harms; of a partition the smaller side.
	Nodes  []int
	Groups [][]int
	OneWay bool
	// How long it lasts, and how long all is well after it.
	Hold, Rest time.Duration
	// What else the kind draws from.
	Draw uint64
}

func (f Fault) String() string {
	words := []string{f.Kind}
	if len(f.Groups) > 0 {
		words = append(words, groupWords(f.Groups)...)
		if f.OneWay {
			words = append(words, "one way")
		}
	} else {
		words = append(words, nodeList(f.Nodes))
	}
	return fmt.Sprintf("%s for %s", strings.Join(words, " "), f.Hold.Round(time.Millisecond))
}

// Kind is a kind of fault: when it may be had, and how its particulars are drawn.
type Kind struct {
	Name   string
	Weight int
	// The cluster must have as many nodes.
	NodesMin int
	// It takes a majority of the nodes: nothing is available while it lasts.
	Majority bool
	// It needs a disk of the node's own.
	Disk bool
	// The longest time that it lasts.
	HoldMax time.Duration
	draw    func(random *rand.Rand, nodes int, fault *Fault)
}

var kinds = []Kind{
	{Name: "kill", Weight: 4, NodesMin: 1, HoldMax: 4 * time.Second, draw: drawMinority},
	{Name: "kill while starting", Weight: 2, NodesMin: 1, HoldMax: time.Second, draw: drawOne},
	{Name: "stop", Weight: 1, NodesMin: 1, HoldMax: 2 * time.Second, draw: drawMinority},
	{Name: "pause", Weight: 4, NodesMin: 1, HoldMax: 8 * time.Second, draw: drawMinority},
	{Name: "stutter", Weight: 2, NodesMin: 1, HoldMax: 3 * time.Second, draw: drawOne},
	{Name: "partition", Weight: 4, NodesMin: 3, HoldMax: 8 * time.Second, draw: drawParted},
	{Name: "one-way partition", Weight: 3, NodesMin: 3, HoldMax: 6 * time.Second, draw: drawOneWay},
	{Name: "bridge", Weight: 2, NodesMin: 3, HoldMax: 8 * time.Second, draw: drawBridge},
	{Name: "flapping partition", Weight: 2, NodesMin: 3, HoldMax: 4 * time.Second, draw: drawParted},
	{Name: "disk full", Weight: 1, NodesMin: 1, Disk: true, HoldMax: 12 * time.Second, draw: drawOne},
	{Name: "damaged file", Weight: 1, NodesMin: 1, HoldMax: time.Second, draw: drawOne},
	{Name: "kill the majority", Weight: 1, NodesMin: 3, Majority: true, HoldMax: 2 * time.Second, draw: drawMajority},
	{Name: "kill all", Weight: 1, NodesMin: 3, Majority: true, HoldMax: time.Second, draw: drawAll},
	{Name: "pause the majority", Weight: 1, NodesMin: 3, Majority: true, HoldMax: 4 * time.Second, draw: drawMajority},
	{Name: "total partition", Weight: 1, NodesMin: 3, Majority: true, HoldMax: 4 * time.Second, draw: drawTotal},
}

const (
	holdMin = 200 * time.Millisecond
	restMin = 2 * time.Second
	restMax = 5 * time.Second
)

// Plan draws faults without end: the same ones for the same seed, number of nodes and kinds.
type Plan struct {
	random *rand.Rand
	nodes  int
	kinds  []Kind
}

// newPlan makes a plan of the kinds named (none: all) that this cluster can have.
func newPlan(seed uint64, nodes int, disks bool, only []string) (*Plan, error) {
	plan := &Plan{random: rand.New(rand.NewPCG(seed, 0)), nodes: nodes}
	for _, name := range only {
		if !slices.ContainsFunc(kinds, func(kind Kind) bool { return kind.Name == name }) {
			return nil, fmt.Errorf("no fault is called %q", name)
		}
	}
	for _, kind := range kinds {
		wanted := len(only) == 0 || slices.Contains(only, kind.Name)
		if wanted && nodes >= kind.NodesMin && (disks || !kind.Disk) {
			plan.kinds = append(plan.kinds, kind)
		}
	}
	if len(plan.kinds) == 0 {
		return nil, fmt.Errorf("this cluster can have none of the faults")
	}
	return plan, nil
}

func (p *Plan) Next() Fault {
	kind := p.kind()
	fault := Fault{Kind: kind.Name, Draw: p.random.Uint64()}
	fault.Hold = between(p.random, holdMin, kind.HoldMax)
	fault.Rest = between(p.random, restMin, restMax)
	kind.draw(p.random, p.nodes, &fault)
	return fault
}

func (p *Plan) kind() Kind {
	total := 0
	for _, kind := range p.kinds {
		total += kind.Weight
	}
	drawn := p.random.IntN(total)
	for _, kind := range p.kinds {
		if drawn -= kind.Weight; drawn < 0 {
			return kind
		}
	}
	panic("weights do not add up")
}

func between(random *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(random.Int64N(int64(high-low)+1))
}

// some draws `count` of the nodes.
func some(random *rand.Rand, nodes, count int) []int {
	drawn := random.Perm(nodes)[:count]
	for i := range drawn {
		drawn[i]++
	}
	slices.Sort(drawn)
	return drawn
}

func others(nodes int, without []int) []int {
	rest := []int{}
	for node := 1; node <= nodes; node++ {
		if !slices.Contains(without, node) {
			rest = append(rest, node)
		}
	}
	return rest
}

func drawOne(random *rand.Rand, nodes int, fault *Fault) { fault.Nodes = some(random, nodes, 1) }

// drawMinority draws as many as the cluster must do without; of a node alone itself.
func drawMinority(random *rand.Rand, nodes int, fault *Fault) {
	fault.Nodes = some(random, nodes, 1+random.IntN(max(1, (nodes-1)/2)))
}

func drawMajority(random *rand.Rand, nodes int, fault *Fault) {
	fault.Nodes = some(random, nodes, nodes/2+1)
}

func drawAll(random *rand.Rand, nodes int, fault *Fault) { fault.Nodes = some(random, nodes, nodes) }

func drawParted(random *rand.Rand, nodes int, fault *Fault) {
	drawMinority(random, nodes, fault)
	fault.Groups = [][]int{fault.Nodes, others(nodes, fault.Nodes)}
}

func drawOneWay(random *rand.Rand, nodes int, fault *Fault) {
	drawParted(random, nodes, fault)
	fault.OneWay = true
	if random.IntN(2) == 0 {
		slices.Reverse(fault.Groups)
	}
}

// drawBridge parts the cluster but for one node, which reaches everybody. With either side the bridge is a
// majority; who is harmed cannot be told, so all count as harmed but the bridge.
func drawBridge(random *rand.Rand, nodes int, fault *Fault) {
	order := random.Perm(nodes)
	for i := range order {
		order[i]++
	}
	bridge, half := order[0], 1+(nodes-1)/2
	fault.Groups = [][]int{append([]int{bridge}, order[1:half]...), append([]int{bridge}, order[half:]...)}
	fault.Nodes = others(nodes, []int{bridge})
}

func drawTotal(_ *rand.Rand, nodes int, fault *Fault) {
	fault.Nodes = others(nodes, nil)
	for _, node := range fault.Nodes {
		fault.Groups = append(fault.Groups, []int{node})
	}
}

func nodeList(nodes []int) string {
	words := make([]string, len(nodes))
	for i, node := range nodes {
		words[i] = itoa(node)
	}
	return strings.Join(words, ",")
}

func groupWords(groups [][]int) []string {
	words := []string{}
	for _, group := range groups {
		words = append(words, nodeList(group))
	}
	return words
}
