package conformance

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type record struct {
	PK    string         `dynamodbav:"pk"`
	SK    int            `dynamodbav:"sk"`
	Text  string         `dynamodbav:"text"`
	Ratio float64        `dynamodbav:"ratio"`
	Bytes []byte         `dynamodbav:"bytes"`
	Tags  []string       `dynamodbav:"tags,stringset"`
	List  []any          `dynamodbav:"list"`
	Map   map[string]int `dynamodbav:"map"`
}

func TestPutGetUpdateDelete(t *testing.T) {
	client := newClient(t)
	table := makeTable(t, client)
	put := record{PK: "crud", SK: 1, Text: "é 🎈", Ratio: 1.5, Bytes: []byte{0, 255},
		Tags: []string{"a"}, List: []any{true, "x"}, Map: map[string]int{"n": 7}}
	item, err := attributevalue.MarshalMap(put)
	check(t, err)
	_, err = client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item})
	check(t, err)

	got, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &table, Key: key("crud", 1), ConsistentRead: aws.Bool(true),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
	check(t, err)
	var back record
	check(t, attributevalue.UnmarshalMap(got.Item, &back))
	if !reflect.DeepEqual(back, put) || *got.ConsumedCapacity.CapacityUnits != 1 {
		t.Fatalf("%+v %+v", back, got.ConsumedCapacity)
	}

	updated, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &table, Key: key("crud", 1),
		UpdateExpression:          aws.String("SET #m.n = #m.n + :one"),
		ExpressionAttributeNames:  map[string]string{"#m": "map"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":one": number(1)},
		ReturnValues:              types.ReturnValueAllNew})
	check(t, err)
	var changed record
	check(t, attributevalue.UnmarshalMap(updated.Attributes, &changed))
	if changed.Map["n"] != 8 {
		t.Fatalf("%+v", changed)
	}

	deleted, err := client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &table, Key: key("crud", 1), ReturnValues: types.ReturnValueAllOld})
	check(t, err)
	if len(deleted.Attributes) != len(item) {
		t.Fatalf("%+v", deleted.Attributes)
	}
	got, err = client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: key("crud", 1)})
	check(t, err)
	if got.Item != nil {
		t.Fatalf("%+v", got.Item)
	}
}

func fill(t *testing.T, client *dynamodb.Client, table, pk string, count int) {
	t.Helper()
	var puts []types.WriteRequest
	for i := range count {
		puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: key(pk, i)}})
	}
	answer, err := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
		RequestItems: map[string][]types.WriteRequest{table: puts}})
	check(t, err)
	if len(answer.UnprocessedItems) != 0 {
		t.Fatalf("%+v", answer.UnprocessedItems)
	}
}

func sortKeys(t *testing.T, items []map[string]types.AttributeValue) []int {
	t.Helper()
	var found []int
	for _, item := range items {
		var back record
		check(t, attributevalue.UnmarshalMap(item, &back))
		found = append(found, back.SK)
	}
	return found
}

func TestBatches(t *testing.T) {
	client := newClient(t)
	table := makeTable(t, client)
	fill(t, client, table, "batch", 20)
	keys := []map[string]types.AttributeValue{key("batch", 3), key("batch", 99)}
	answer, err := client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{table: {Keys: keys}}})
	check(t, err)
	if found := sortKeys(t, answer.Responses[table]); !reflect.DeepEqual(found, []int{3}) {
		t.Fatal(found)
	}
}

func TestPages(t *testing.T) {
	client := newClient(t)
	table := makeTable(t, client)
	fill(t, client, table, "page", 20)
	values := map[string]types.AttributeValue{
		":k": &types.AttributeValueMemberS{Value: "page"}, ":low": number(15)}
	var found []int
	queries := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{
		TableName: &table, KeyConditionExpression: aws.String("pk = :k AND sk >= :low"),
		ExpressionAttributeValues: values, Limit: aws.Int32(2), ScanIndexForward: aws.Bool(false)})
	for queries.HasMorePages() {
		page, err := queries.NextPage(ctx)
		check(t, err)
		found = append(found, sortKeys(t, page.Items)...)
	}
	if !reflect.DeepEqual(found, []int{19, 18, 17, 16, 15}) {
		t.Fatal(found)
	}
	var count int32
	scans := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{
		TableName: &table, Limit: aws.Int32(6), FilterExpression: aws.String("sk >= :low"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":low": number(15)}})
	for scans.HasMorePages() {
		page, err := scans.NextPage(ctx)
		check(t, err)
		count += page.Count
	}
	if count != 5 {
		t.Fatal(count)
	}
}
