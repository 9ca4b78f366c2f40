package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

const (
	probeEvery = 10 * time.Millisecond
	// How long the probes go on after a hand-over, and before one.
	aroundTransfer = time.Second
	// After a failover this long is waited for; one that takes longer is a fault.
	failoverMax = 20 * time.Second
	// Writes that are sent for so long go to keys of every partition (of which a table has one for each node).
	everyPartition = 400 * time.Millisecond
	// One that took longer has waited for somebody to lead.
	waited = 50 * time.Millisecond
)

// Probes send writes to one table through some nodes, a new one to each every few milliseconds, whatever became
// of those before.
type Probes struct {
	began  time.Time
	stop   context.CancelFunc
	all    sync.WaitGroup
	mutex  sync.Mutex
	probes []Probe
}

// Probe is one write.
type Probe struct {
	node       int
	sent, done time.Duration
	err        error
}

func startProbes(table string, endpoints map[int]string) *Probes {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Probes{began: time.Now(), stop: cancel}
	for node, endpoint := range endpoints {
		db := newDatabase(endpoint)
		p.all.Add(1)
		go func() {
			defer p.all.Done()
			for number := 0; sleep(ctx, probeEvery); number++ {
				p.all.Add(1)
				go p.probe(db, table, node, number)
			}
		}()
	}
	return p
}

func (p *Probes) probe(db *dynamodb.Client, table string, node, number int) {
	defer p.all.Done()
	ctx, cancel := context.WithTimeout(context.Background(), failoverMax)
	defer cancel()
	key := &Key{}
	key.Key = fmt.Sprintf("probe-%d-%d", node, number%100)
	p.mutex.Lock()
	at := len(p.probes)
	p.probes = append(p.probes, Probe{node: node, sent: time.Since(p.began)})
	p.mutex.Unlock()
	_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: key.attributes()})
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.probes[at].err = err
	p.probes[at].done = time.Since(p.began)
}

// resumed is when all writes that were sent in a while after `since` were done, through each of the nodes: the end
// of the last that had to wait, or of the first if none had to. A write that failed is followed by later ones, until
// one that is sent no sooner than it ended has succeeded.
func (p *Probes) resumed(nodes []int, since time.Duration) (time.Duration, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return resumed(p.probes, nodes, since)
}

func resumed(probes []Probe, nodes []int, since time.Duration) (time.Duration, bool) {
	var last time.Duration
	for _, node := range nodes {
		at, ok := resumedAt(probes, node, since)
		if !ok {
			return 0, false
		}
		last = max(last, at)
	}
	return last, true
}

func resumedAt(probes []Probe, node int, since time.Duration) (time.Duration, bool) {
	var first, slowest, failed, sentLast time.Duration
	for _, probe := range probes {
		if probe.node != node || probe.sent <= since {
			continue
		}
		sentLast = max(sentLast, probe.sent)
		if probe.sent > since+everyPartition+failed {
			continue
		}
		switch {
		case probe.done == 0:
			return 0, false
		case probe.err != nil:
			failed = max(failed, probe.done-since)
		case probe.done-probe.sent > waited:
			slowest = max(slowest, probe.done)
		case first == 0 || probe.done < first:
			first = probe.done
		}
	}
	if sentLast <= since+everyPartition+failed {
		return 0, false // Not every partition was tried.
	}
	return max(slowest, first, since+failed), true
}

// end stops the probes and waits for their answers.
func (p *Probes) end() []Probe {
	p.stop()
	p.all.Wait()
	return p.probes
}

// runFailover kills a partition's leader so many times and prints how long writes to it failed; then it hands
// leadership over as often.
func runFailover(o *Options) error {
	cluster, nodes, err := startCluster(o)
	if err != nil {
		return err
	}
	defer cluster.Do("down", "--erase")
	endpoints, numbers := map[int]string{}, []int{}
	for _, node := range nodes {
		endpoints[node.Node] = node.Endpoint
		numbers = append(numbers, node.Node)
	}
	world := newWorld(o.seed, endpoints, time.Second)
	if err := world.createTables(context.Background(), 1); err != nil {
		return fmt.Errorf("creating tables: %w", err)
	}
	f := &failover{cluster: cluster, endpoints: endpoints, numbers: numbers, table: workloads[0].Table, voters: min(len(nodes), 3)}
	times := []time.Duration{}
	for range o.failover {
		took, err := f.killLeader()
		if err != nil {
			return err
		}
		times = append(times, took)
	}
	printTimes("leader killed: until writes through every other node succeed", times)
	return f.transfers(o.failover, rand.New(rand.NewPCG(o.seed, 2)))
}

type failover struct {
	cluster   *Cluster
	endpoints map[int]string
	numbers   []int
	table     string
	voters    int
}

// leader is the node that leads the table's partition, once all is well.
func (f *failover) leader() (Node, error) {
	nodes, err := f.cluster.Status()
	if err != nil {
		return Node{}, err
	}
	// Of a node that only starts, not every answer is of now.
	for _, node := range nodes {
		if err := awaitReplicated(node, []string{f.table}, f.voters); err != nil {
			return Node{}, err
		}
	}
	view, err := viewOf(nodes[0])
	if err != nil {
		return Node{}, err
	}
	partition, err := view.partitionOf(f.table)
	if err != nil || partition.Leader == 0 {
		return Node{}, fmt.Errorf("no leader: %v", err)
	}
	return nodes[partition.Leader-1], nil
}

func (f *failover) killLeader() (time.Duration, error) {
	leader, err := f.leader()
	if err != nil {
		return 0, err
	}
	survivors, endpoints := []int{}, map[int]string{}
	for _, number := range f.numbers {
		if number != leader.Node {
			survivors = append(survivors, number)
			endpoints[number] = f.endpoints[number]
		}
	}
	probes := startProbes(f.table, endpoints)
	defer probes.end()
	if _, err := await(probes, survivors, 0); err != nil {
		return 0, fmt.Errorf("before the kill: %w", err)
	}
	killed := time.Since(probes.began)
	// Not by way of tools/cluster: the time counts from here.
	if err := syscall.Kill(leader.PID, syscall.SIGKILL); err != nil {
		return 0, err
	}
	at, err := await(probes, survivors, killed)
	if err != nil {
		return 0, fmt.Errorf("after node %d was killed: %w", leader.Node, err)
	}
	fmt.Printf("node %d killed: %.3f s\n", leader.Node, (at - killed).Seconds())
	return at - killed, f.cluster.Do("restart", itoa(leader.Node))
}

func await(probes *Probes, nodes []int, since time.Duration) (time.Duration, error) {
	for end := time.Now().Add(failoverMax); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if at, all := probes.resumed(nodes, since); all {
			return at, nil
		}
	}
	return 0, fmt.Errorf("no write through each of the nodes %s in %s", nodeList(nodes), failoverMax)
}

// transfers hands the leadership over, and prints for how long no write succeeded and what was refused.
func (f *failover) transfers(count int, random *rand.Rand) error {
	times, refused := []time.Duration{}, 0
	for range count {
		leader, err := f.leader()
		if err != nil {
			return err
		}
		to := others(len(f.numbers), []int{leader.Node})
		probes := startProbes(f.table, f.endpoints)
		time.Sleep(aroundTransfer)
		_, err = ask(http.MethodPost, leader.Admin+"/cluster/transfer-leader",
			map[string]any{"table": f.table, "to": to[random.IntN(len(to))]})
		time.Sleep(aroundTransfer)
		sent := probes.end()
		if err != nil {
			return err
		}
		done := []int64{}
		for _, probe := range sent {
			if probe.err != nil {
				refused++
			} else {
				done = append(done, int64(probe.done))
			}
		}
		slices.Sort(done)
		if len(done) == 0 {
			return fmt.Errorf("no write succeeded around a transfer from node %d", leader.Node)
		}
		times = append(times, time.Duration(longestGap(done, done[0], done[len(done)-1])))
	}
	printTimes("leadership handed over: longest time without a write", times)
	fmt.Printf("%d writes failed around them\n", refused)
	return nil
}

func printTimes(what string, times []time.Duration) {
	slices.Sort(times)
	at := func(share float64) float64 { return times[min(len(times)-1, int(share*float64(len(times))))].Seconds() }
	fmt.Printf("%s: %d times, p50 %.3f s, p99 %.3f s, longest %.3f s\n", what, len(times), at(0.5), at(0.99), at(1))
}
