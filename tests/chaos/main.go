// Command chaos runs clients against a cluster that it harms, and checks what they saw. README.md says more.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options are the flags.
type Options struct {
	root, skerryd, directory, network, check string
	nodes, port, clients, failover           int
	minutes, seconds, rate                   float64
	seed                                     uint64
	only                                     []string
	keep                                     bool
}

func parse() (*Options, error) {
	o := &Options{}
	var only string
	flag.StringVar(&o.root, "root", "", "the top of the tree (set by tools/chaos)")
	flag.StringVar(&o.skerryd, "skerryd", "", "the binary (default: build/release/bin/skerryd)")
	flag.StringVar(&o.directory, "dir", "", "what the run leaves (default: build/chaos/SEED)")
	flag.StringVar(&o.network, "network", "", "namespaces or relay (default: as tools/cluster chooses)")
	flag.StringVar(&o.check, "check", "", "check a kept history again, and do nothing else")
	flag.StringVar(&only, "faults", "", "comma-separated kinds of fault (default: all)")
	flag.IntVar(&o.nodes, "nodes", 3, "how many nodes")
	flag.IntVar(&o.port, "port", 24000, "node 1's first port")
	flag.IntVar(&o.clients, "clients", 6, "per node")
	flag.IntVar(&o.failover, "failover", 0, "kill the leader of a partition so many times, and measure")
	flag.Float64Var(&o.minutes, "minutes", 10, "how long the nemesis works")
	flag.Float64Var(&o.seconds, "seconds", 0, "the same in seconds")
	flag.Float64Var(&o.rate, "rate", 400, "requests a second, of all clients together, while nothing is wrong")
	flag.Uint64Var(&o.seed, "seed", 0, "of the faults and of the clients' choices (0: drawn)")
	flag.BoolVar(&o.keep, "keep", false, "keep the directory of a run without faults, too")
	flag.Parse()
	if flag.NArg() > 0 {
		return nil, fmt.Errorf("%q is no flag", flag.Arg(0))
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	if o.seconds == 0 {
		o.seconds = o.minutes * 60
	}
	if o.seed == 0 {
		o.seed = 1 + rand.Uint64N(1_000_000_000)
	}
	if o.skerryd == "" {
		o.skerryd = filepath.Join(o.root, "build/release/bin/skerryd")
	}
	if o.directory == "" {
		o.directory = filepath.Join(o.root, "build/chaos", fmt.Sprint(o.seed))
	}
	return o, nil
}

func (o *Options) duration() time.Duration { return time.Duration(o.seconds * float64(time.Second)) }

// again is the command that runs the same faults again.
func (o *Options) again() string {
	command := fmt.Sprintf("tools/chaos --seed %d --nodes %d --seconds %g", o.seed, o.nodes, o.seconds)
	if o.network != "" {
		command += " --network " + o.network
	}
	if len(o.only) > 0 {
		command += fmt.Sprintf(" --faults '%s'", strings.Join(o.only, ","))
	}
	return command
}

func main() {
	options, err := parse()
	switch {
	case err != nil:
	case options.check != "":
		err = checkFile(options.check)
	case options.failover > 0:
		err = runFailover(options)
	default:
		err = runChaos(options)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		os.Exit(1)
	}
}
