package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Workload is a kind of key: what clients do to it, and the model that its history must agree with. Each has a
// table of its own, so that several partitions are under way.
type Workload struct {
	Table, Model string
	// choose draws an operation.
	choose func(c *Client, key *Key) Input
	// write sends what is no read; the error is the SDK's.
	write func(ctx context.Context, db *dynamodb.Client, key *Key, in Input) (Output, error)
	// shown reads an item (nil: there is none) as the model sees it.
	shown func(item attributes) Output
}

type attributes = map[string]types.AttributeValue

var workloads = []*Workload{
	{Table: "registers", Model: "register", choose: chooseRegister, write: writeRegister, shown: showText},
	{Table: "counters", Model: "counter", choose: chooseCounter, write: writeCounter, shown: showNumber},
	{Table: "sets", Model: "set", choose: chooseSet, write: writeSet, shown: showSet},
	{Table: "versions", Model: "version", choose: chooseVersion, write: writeVersion, shown: showText},
}

// send sends the operation; get is a strong read, glance one that may be late.
func (w *Workload) send(ctx context.Context, db *dynamodb.Client, key *Key, in Input) (Output, error) {
	if !reads(in) {
		return w.write(ctx, db, key, in)
	}
	answer, err := db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &key.Table, Key: key.attributes(), ConsistentRead: aws.Bool(in.Kind == "get")})
	if err != nil {
		return Output{}, err
	}
	return w.shown(answer.Item), nil
}

// one draws true once in `n`.
func (c *Client) one(n int) bool { return c.random.IntN(n) == 0 }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func showText(item attributes) Output {
	out := Output{Done: true, Shown: true}
	if value, is := item["text"].(*types.AttributeValueMemberS); is {
		out.Text = value.Value
	}
	out.Version = numberIn(item, "version")
	return out
}

func showNumber(item attributes) Output {
	return Output{Done: true, Shown: true, Number: numberIn(item, "total")}
}

func showSet(item attributes) Output {
	out := Output{Done: true, Shown: true}
	if value, is := item["members"].(*types.AttributeValueMemberSS); is {
		for _, word := range value.Value {
			out.Set = out.Set.With(int(integer(word)))
		}
	}
	return out
}

func numberIn(item attributes, name string) int64 {
	if value, is := item[name].(*types.AttributeValueMemberN); is {
		return integer(value.Value)
	}
	return 0
}

func integer(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("an answer holds %q, which nobody wrote", word))
	}
	return n
}

// Registers: unconditional writes of values that are all different.

// sizeMax bounds what goes with a put: so much that logs wrap and tables are flushed within a run.
const sizeMax = 20_000

func chooseRegister(c *Client, _ *Key) Input {
	switch {
	case c.one(2):
		return Input{Kind: "put", Text: c.unique(), Number: int64(c.random.IntN(2)), Size: c.random.IntN(sizeMax)}
	case c.one(8):
		return Input{Kind: "delete", Number: int64(c.random.IntN(2))}
	case c.one(4):
		return Input{Kind: "glance"}
	}
	return Input{Kind: "get"}
}

// writeRegister asks for the old item where Number is 1.
func writeRegister(ctx context.Context, db *dynamodb.Client, key *Key, in Input) (Output, error) {
	wanted := types.ReturnValueNone
	if in.Number == 1 {
		wanted = types.ReturnValueAllOld
	}
	var old attributes
	if in.Kind == "put" {
		answer, err := db.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: &key.Table, ReturnValues: wanted,
			Item: key.attributes("text", text(in.Text), "rest", text(strings.Repeat("x", in.Size)))})
		if err != nil {
			return Output{}, err
		}
		old = answer.Attributes
	} else {
		answer, err := db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &key.Table, Key: key.attributes(), ReturnValues: wanted})
		if err != nil {
			return Output{}, err
		}
		old = answer.Attributes
	}
	if in.Number == 0 {
		return Output{Done: true}, nil
	}
	return showText(old), nil
}

// Counters: sums whose steps are drawn from so many that a sum tells which of them are in it.

func chooseCounter(c *Client, _ *Key) Input {
	if c.one(3) {
		return Input{Kind: "get"}
	}
	return Input{Kind: "add", Number: 1 + c.random.Int64N(1_000_000_000)}
}

func writeCounter(ctx context.Context, db *dynamodb.Client, key *Key, in Input) (Output, error) {
	item, err := update(ctx, db, key, "ADD #a :v", "total", number(in.Number))
	return showNumber(item), err
}

func update(ctx context.Context, db *dynamodb.Client, key *Key, expression, attribute string,
	value types.AttributeValue) (attributes, error) {
	answer, err := db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &key.Table, Key: key.attributes(), UpdateExpression: &expression,
		ExpressionAttributeNames:  map[string]string{"#a": attribute},
		ExpressionAttributeValues: attributes{":v": value}, ReturnValues: types.ReturnValueAllNew})
	if err != nil {
		return nil, err
	}
	return answer.Attributes, nil
}

// Sets: members that are added once, and some of them taken out.

func chooseSet(c *Client, key *Key) Input {
	switch {
	case c.one(3):
		return Input{Kind: "get"}
	case c.one(6):
		if members := c.seen[key].Set.Members(); len(members) > 0 {
			return Input{Kind: "remove", Number: int64(members[c.random.IntN(len(members))])}
		}
	}
	return Input{Kind: "add", Number: key.members.Add(1)}
}

func writeSet(ctx context.Context, db *dynamodb.Client, key *Key, in Input) (Output, error) {
	expression := "ADD #a :v"
	if in.Kind == "remove" {
		expression = "DELETE #a :v"
	}
	member := &types.AttributeValueMemberSS{Value: []string{strconv.FormatInt(in.Number, 10)}}
	item, err := update(ctx, db, key, expression, "members", member)
	return showSet(item), err
}

// Versions: made once, then swapped for the next by whoever knows the present one.

func chooseVersion(c *Client, key *Key) Input {
	seen, known := c.seen[key]
	switch {
	case c.one(4):
		return Input{Kind: "get"}
	case !known || seen.Version == 0 || c.one(8):
		return Input{Kind: "create", Text: c.unique()}
	}
	return Input{Kind: "swap", Version: seen.Version, Text: c.unique()}
}

func writeVersion(ctx context.Context, db *dynamodb.Client, key *Key, in Input) (Output, error) {
	input := &dynamodb.PutItemInput{
		TableName:                           &key.Table,
		Item:                                key.attributes("text", text(in.Text), "version", number(in.Version+1)),
		ConditionExpression:                 aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if in.Kind == "swap" {
		input.ConditionExpression = aws.String("#v = :v")
		input.ExpressionAttributeNames = map[string]string{"#v": "version"}
		input.ExpressionAttributeValues = attributes{":v": number(in.Version)}
	}
	_, err := db.PutItem(ctx, input)
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		out := showText(failed.Item)
		out.Done = false
		return out, err
	}
	return Output{Done: true}, err
}
