package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	requestTime = 5 * time.Second
	dialTime    = time.Second
)

// newDatabase is a client of one endpoint, on connections of its own, that sends each request once.
func newDatabase(endpoint string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(endpoint),
		Region:       "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIACHAOS", SecretAccessKey: "chaos-secret"}, nil
		}),
		Retryer:    aws.NopRetryer{},
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: dialTime}).DialContext}},
	})
}

// Outcome is what an error says about the request's effect.
type Outcome int

const (
	OutcomeDone Outcome = iota
	// The condition did not hold: an answer like any other.
	OutcomeConditionFailed
	// It certainly had no effect, and will have none.
	OutcomeRefused
	OutcomeUnknown
	// No server in any state may answer this to what is sent here.
	OutcomeWrong
)

// outcomeOf sorts an error of the SDK's. Where there is a doubt the outcome is unknown, which is always sound.
func outcomeOf(err error) Outcome {
	if err == nil {
		return OutcomeDone
	}
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		return OutcomeConditionFailed
	}
	var response *smithyhttp.ResponseError
	// An answer that says done and cannot be read was cut off.
	if !errors.As(err, &response) || response.Response == nil || response.HTTPStatusCode() < 300 {
		return outcomeOfNoResponse(err)
	}
	var api smithy.APIError
	switch {
	case response.HTTPStatusCode() >= 500:
		return OutcomeUnknown
	case errors.As(err, &api) && refusals[api.ErrorCode()]:
		return OutcomeRefused
	}
	return OutcomeWrong
}

// refusals are answers of a server that has too much to do.
var refusals = map[string]bool{
	"ProvisionedThroughputExceededException": true,
	"RequestLimitExceeded":                   true,
	"ThrottlingException":                    true,
}

func outcomeOfNoResponse(err error) Outcome {
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "dial" {
		return OutcomeRefused // Nothing was sent.
	}
	return OutcomeUnknown
}

// Client is one client of one node: it sends one request at a time. Not for several goroutines.
type Client struct {
	world    *World
	node     int
	name     string
	lane     int
	random   *rand.Rand
	database *dynamodb.Client
	writes   int
	// Why the last request was no success; nil if it was one.
	problem error
	seen    map[*Key]Output
}

func newClient(world *World, node, number int) *Client {
	seed := uint64(node)<<32 | uint64(number)
	return &Client{
		world: world, node: node, name: names(node, number), lane: int(world.lanes.Add(1)),
		random:   rand.New(rand.NewPCG(world.seed, seed)),
		database: newDatabase(world.endpoints[node]), seen: map[*Key]Output{},
	}
}

// unique is a text that no other write of the run has.
func (c *Client) unique() string {
	c.writes++
	return c.name + "." + itoa(c.writes)
}

// run sends operations until the context ends, on keys of the world's present generation.
func (c *Client) run(ctx context.Context) {
	for ctx.Err() == nil {
		key := c.world.pick(c.random)
		outcome := c.do(key, key.workload.choose(c, key))
		pause := time.Duration(c.random.ExpFloat64() * float64(c.world.pace))
		if outcome != OutcomeDone && outcome != OutcomeConditionFailed {
			pause += 20 * time.Millisecond // A node that refuses at once is not to be hammered.
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(pause, time.Second)):
		}
	}
}

// do sends one operation and records what came of it.
func (c *Client) do(key *Key, in Input) Outcome {
	// Not under the run's context: its end must not make the last outcomes unknown.
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	if in.Kind == "put" {
		key.written.Store(in.Text, true)
	}
	entry := Entry{Lane: c.lane, Node: c.node, Input: in, Call: c.world.now()}
	out, err := key.workload.send(ctx, c.database, key, in)
	entry.Return, entry.Output = c.world.now(), out
	outcome := outcomeOf(err)
	c.problem = err
	c.world.count(in, outcome)
	switch outcome {
	case OutcomeDone, OutcomeConditionFailed:
		c.world.availability.Succeeded(c.node, key.Table, !reads(in), entry.Return)
		if out.Shown {
			c.seen[key] = out
		}
	case OutcomeWrong:
		c.world.wrong(c.node, key.Table, err)
		return outcome
	case OutcomeRefused:
		return outcome
	case OutcomeUnknown:
		if reads(in) {
			return outcome // Says nothing, and has no effect.
		}
		entry.Return, entry.Output = forever, Output{Unknown: true}
		entry.Error = err.Error()
		c.lane = int(c.world.lanes.Add(1))
	}
	if in.Kind == "glance" {
		c.world.checkGlance(key, entry)
		return outcome
	}
	key.Add(entry)
	return outcome
}

func reads(in Input) bool { return in.Kind == "get" || in.Kind == "glance" }

func names(node, number int) string { return strings.Join([]string{itoa(node), itoa(number)}, "-") }
