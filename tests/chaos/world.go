package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// keysPerTable is how many keys of each workload are in use at a time. Keys are used for some seconds and then
// new ones, which bounds each history: what Porcupine takes grows steeply with the unknown outcomes in it.
const keysPerTable = 8

// Key is one item and its history.
type Key struct {
	History
	workload *Workload
	members  atomic.Int64
	// Texts that a put may have written, for reads that may be late.
	written sync.Map
}

// attributes are the key's own, and more by name and value.
func (k *Key) attributes(more ...any) attributes {
	item := attributes{"pk": text(k.Key)}
	for i := 0; i < len(more); i += 2 {
		item[more[i].(string)] = more[i+1].(types.AttributeValue)
	}
	return item
}

// World is what all clients share: the endpoints, the keys, the time and the counts. Safe from any goroutine.
type World struct {
	seed         uint64
	endpoints    map[int]string // By node.
	pace         time.Duration
	began        time.Time
	lanes        atomic.Int64
	availability Availability

	mutex      sync.Mutex
	keys       []*Key // All there ever were.
	generation []*Key
	counts     map[string]int
	faults     []string
	wrongs     map[string]int
}

func newWorld(seed uint64, endpoints map[int]string, pace time.Duration) *World {
	return &World{seed: seed, endpoints: endpoints, pace: pace, began: time.Now(), counts: map[string]int{}, wrongs: map[string]int{}}
}

func (w *World) now() int64 { return int64(time.Since(w.began)) }

// renew puts new keys in the place of the present ones.
func (w *World) renew() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.generation = nil
	for _, workload := range workloads {
		for range keysPerTable {
			key := &Key{workload: workload}
			key.Model, key.Table = workload.Model, workload.Table
			key.Key = "k" + itoa(len(w.keys)+len(w.generation))
			w.generation = append(w.generation, key)
		}
	}
	w.keys = append(w.keys, w.generation...)
}

func (w *World) pick(random *rand.Rand) *Key {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.generation[random.IntN(len(w.generation))]
}

func (w *World) allKeys() []*Key {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.keys)
}

func (w *World) count(in Input, outcome Outcome) {
	names := []string{"done", "condition failed", "refused", "unknown", "wrong"}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.counts[names[outcome]]++
	if outcome == OutcomeUnknown && !reads(in) {
		w.counts["unknown writes"]++
	}
}

// fault notes what makes the run a failure.
func (w *World) fault(text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.faults) < faultsShown {
		fmt.Println("FAULT", text)
	}
	w.faults = append(w.faults, text)
}

const faultsShown = 20

// wrong notes an answer that nothing explains; the same one of the same node and table is one fault.
func (w *World) wrong(node int, table string, err error) {
	said := err.Error()
	var api smithy.APIError
	if errors.As(err, &api) {
		said = api.ErrorCode() + ": " + api.ErrorMessage()
	}
	what := fmt.Sprintf("node %d answered for the table %s: %s", node, table, said)
	w.mutex.Lock()
	w.wrongs[what]++
	first := w.wrongs[what] == 1
	w.mutex.Unlock()
	if first {
		w.fault(what)
	}
}

// checkGlance judges a read that may be late: it shows nothing, or what some put before its end may have written.
func (w *World) checkGlance(key *Key, entry Entry) {
	if _, written := key.written.Load(entry.Output.Text); entry.Output.Text != "" && !written {
		w.fault(fmt.Sprintf("%s/%s showed %q, which nobody had written", key.Table, key.Key, entry.Output.Text))
	}
}

// createTables makes every workload's table by way of one node and waits until it is there.
func (w *World) createTables(ctx context.Context, node int) error {
	db := newDatabase(w.endpoints[node])
	for _, workload := range workloads {
		_, err := db.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName:            &workload.Table,
			BillingMode:          types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		})
		if err != nil {
			return err
		}
		waiter := dynamodb.NewTableExistsWaiter(db, func(o *dynamodb.TableExistsWaiterOptions) {
			o.MinDelay, o.MaxDelay = 50*time.Millisecond, 200*time.Millisecond
		})
		if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &workload.Table}, 30*time.Second); err != nil {
			return err
		}
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }
