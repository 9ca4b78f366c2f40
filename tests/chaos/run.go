package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// What skerryd gets of memory, so that tables are flushed and logs cut within a run.
	memory = "32MB"
	// Holds the log's segments and the engine's files, and little more: a disk that is filled in a moment.
	diskSize = "400M"
	// How long a set of keys is in use.
	generationMin, generationMax = 4 * time.Second, 12 * time.Second
	// What replicas get to be made where the cluster cannot be asked for them.
	replicasTime = 10 * time.Second
	// How soon after the last fault every path must work again.
	healedTime = 30 * time.Second
	// What every path must do then.
	healedWrites = 20
)

// errFailed says that the run found something, which has been printed.
var errFailed = errors.New("the run failed")

// startCluster makes a cluster for the run; the caller takes it down.
func startCluster(o *Options) (*Cluster, []Node, error) {
	cluster := &Cluster{tool: filepath.Join(o.root, "tools/cluster"), directory: filepath.Join(o.directory, "cluster")}
	if err := cluster.Do("down", "--erase"); err != nil {
		return nil, nil, err
	}
	words := []string{itoa(o.nodes), "--port", itoa(o.port), "--skerryd", o.skerryd, "--memory", memory}
	if o.network != "" {
		words = append(words, "--network", o.network)
	}
	if disks() {
		words = append(words, "--disk", diskSize)
	}
	words = append(words, "--", "--log-size", memory)
	began := time.Now()
	if err := cluster.Do("up", words...); err != nil {
		return nil, nil, err
	}
	fmt.Printf("%d nodes up in %.2f s\n", o.nodes, time.Since(began).Seconds())
	nodes, err := cluster.Status()
	return cluster, nodes, err
}

// disks says whether nodes can have disks of their own, which are mounted.
func disks() bool { return os.Geteuid() == 0 }

func runChaos(o *Options) error {
	fmt.Printf("seed %d; again: %s\n", o.seed, o.again())
	plan, err := newPlan(o.seed, o.nodes, disks(), o.only)
	if err != nil {
		return err
	}
	cluster, nodes, err := startCluster(o)
	if err != nil {
		return err
	}
	up := true
	down := func() error {
		if !up {
			return nil
		}
		up = false
		return cluster.Do("down")
	}
	defer down()

	endpoints, numbers := map[int]string{}, []int{}
	for _, node := range nodes {
		endpoints[node.Node] = node.Endpoint
		numbers = append(numbers, node.Node)
	}
	count := o.clients * o.nodes
	world := newWorld(o.seed, endpoints, time.Duration(float64(time.Second)*float64(count)/o.rate))
	if err := world.createTables(context.Background(), 1); err != nil {
		return fmt.Errorf("creating tables: %w", err)
	}
	if err := awaitTables(nodes); err != nil {
		return err
	}
	world.renew()

	nemesis := &Nemesis{cluster: cluster, world: world, plan: plan}
	stopClients := startClients(world, numbers, o.clients)
	ctx, cancel := context.WithTimeout(context.Background(), o.duration())
	go renewKeys(ctx, world, o.seed)
	problem := nemesis.run(ctx)
	cancel()
	if problem == nil {
		problem = awaitHealed(world, numbers)
	}
	stopClients()
	nemesis.close()
	if problem != nil {
		world.fault(problem.Error())
	} else {
		readEverything(world, numbers)
	}
	if err := down(); err != nil {
		world.fault(err.Error())
	}
	return report(o, world, nemesis, numbers)
}

// awaitTables waits until every table has all its replicas: a partition with one replica has no minority that it
// can do without.
func awaitTables(nodes []Node) error {
	if len(nodes) == 1 {
		return nil
	}
	tables := []string{}
	for _, workload := range workloads {
		tables = append(tables, workload.Table)
	}
	err := awaitReplicated(nodes[0], tables, min(len(nodes), 3))
	if errors.Is(err, errNoSuchPage) {
		fmt.Printf("the nodes have no page /cluster: replicas get %s to be made\n", replicasTime)
		time.Sleep(replicasTime)
		return nil
	}
	return err
}

// startClients returns what stops them, and waits for the last answers.
func startClients(world *World, nodes []int, each int) func() {
	ctx, cancel := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for _, node := range nodes {
		for number := range each {
			clients.Add(1)
			go func() {
				defer clients.Done()
				newClient(world, node, number).run(ctx)
			}()
		}
	}
	return func() {
		cancel()
		clients.Wait()
	}
}

func renewKeys(ctx context.Context, world *World, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	for sleep(ctx, between(random, generationMin, generationMax)) {
		world.renew()
	}
}

// awaitHealed waits until writes go through every node to every table again.
func awaitHealed(world *World, nodes []int) error {
	world.renew()
	begin := world.now()
	for end := time.Now().Add(healedTime); ; time.Sleep(50 * time.Millisecond) {
		missing := world.availability.missing(nodes, begin, healedWrites)
		if len(missing) == 0 {
			fmt.Printf("healed: every node serves every table after %.1f s\n", time.Duration(world.now()-begin).Seconds())
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%.0f s after the last fault these do not get on: %v", healedTime.Seconds(), missing)
		}
	}
}

// readEverything adds a strong read through every node to every history.
func readEverything(world *World, nodes []int) {
	var readers sync.WaitGroup
	for _, node := range nodes {
		readers.Add(1)
		go func() {
			defer readers.Done()
			client := newClient(world, node, -1)
			for _, key := range world.allKeys() {
				readOne(client, key)
			}
		}()
	}
	readers.Wait()
}

// readOne tries again for a while: right after faults a leader may still change. What it takes is printed.
func readOne(client *Client, key *Key) {
	for end := time.Now().Add(2 * requestTime); ; time.Sleep(100 * time.Millisecond) {
		if client.do(key, Input{Kind: "get"}) == OutcomeDone {
			return
		}
		what := fmt.Sprintf("node %d did not read %s/%s after all was healed: %v", client.node, key.Table, key.Key, client.problem)
		if time.Now().After(end) {
			client.world.fault(what)
			return
		}
		fmt.Println(what + " (tried again)")
	}
}
