package main

import (
	"slices"
	"sync"
)

// path is a way to data: through one node to one table.
type path struct {
	node  int
	table string
}

// Availability keeps when writes succeeded. Safe from any goroutine.
type Availability struct {
	mutex  sync.Mutex
	writes map[path][]int64
}

// Succeeded notes a success at `at`; only writes count, since a read may need less to be answered.
func (a *Availability) Succeeded(node int, table string, write bool, at int64) {
	if !write {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.writes == nil {
		a.writes = map[path][]int64{}
	}
	a.writes[path{node, table}] = append(a.writes[path{node, table}], at)
}

// Window is the time of one fault: it begins, is healed, and ends where the next one begins. Majority: it may have
// taken the majority of a partition's replicas.
type Window struct {
	Kind                string
	Harmed              []int
	Majority            bool
	Begin, Healed, Ends int64
}

// Outage is what a fault cost at the worst, in nanoseconds.
type Outage struct {
	// Unharmed is the longest time without a success on any path through a node that was not harmed itself.
	// Of a fault that may have taken a majority it is zero: nothing had to succeed.
	Unharmed int64
	// Recovery is the longest time from the end of the fault to the first success on a path, through any node.
	Recovery int64
}

// Of says what a window's fault cost, through the given nodes.
func (a *Availability) Of(window Window, nodes []int) Outage {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var outage Outage
	for _, node := range nodes {
		for _, workload := range workloads {
			writes := slices.Clone(a.writes[path{node, workload.Table}])
			slices.Sort(writes)
			outage.Recovery = max(outage.Recovery, firstAfter(writes, window.Healed, window.Ends)-window.Healed)
			if !window.Majority && !slices.Contains(window.Harmed, node) {
				outage.Unharmed = max(outage.Unharmed, longestGap(writes, window.Begin, window.Ends))
			}
		}
	}
	return outage
}

// firstAfter is the first of the sorted times from `begin` on, or `end` where there is none before it.
func firstAfter(times []int64, begin, end int64) int64 {
	index, _ := slices.BinarySearch(times, begin)
	if index == len(times) {
		return end
	}
	return min(times[index], end)
}

// longestGap is the longest time within [begin, end] that none of the sorted times lies in.
func longestGap(times []int64, begin, end int64) int64 {
	var longest int64
	last := begin
	for last < end {
		next := firstAfter(times, last+1, end)
		longest, last = max(longest, next-last), next
	}
	return longest
}

// missing lists the paths on which fewer than `count` writes succeeded since `begin`.
func (a *Availability) missing(nodes []int, begin int64, count int) []path {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	missing := []path{}
	for _, node := range nodes {
		for _, workload := range workloads {
			since := 0
			for _, at := range a.writes[path{node, workload.Table}] {
				if at >= begin {
					since++
				}
			}
			if since < count {
				missing = append(missing, path{node, workload.Table})
			}
		}
	}
	return missing
}
