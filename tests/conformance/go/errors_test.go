package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

func TestConditions(t *testing.T) {
	client := newClient(t)
	table := makeTable(t, client)
	condition, err := expression.NewBuilder().WithCondition(
		expression.Name("pk").AttributeNotExists().Or(
			expression.Name("version").Equal(expression.Value(1)))).Build()
	check(t, err)
	put := &dynamodb.PutItemInput{
		TableName: &table, Item: key("guarded", 1), ConditionExpression: condition.Condition(),
		ExpressionAttributeNames:            condition.Names(),
		ExpressionAttributeValues:           condition.Values(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
	_, err = client.PutItem(ctx, put)
	check(t, err)
	_, err = client.PutItem(ctx, put)
	failed := expectError[*types.ConditionalCheckFailedException](t, err)
	if failed.ErrorMessage() != "The conditional request failed" || len(failed.Item) != 2 {
		t.Fatalf("%+v", failed)
	}
}

func TestTypedErrors(t *testing.T) {
	client := newClient(t)
	table := makeTable(t, client)
	_, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(table + "-missing"), Key: key("x", 1)})
	expectError[*types.ResourceNotFoundException](t, err)

	_, err = client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &table, Key: map[string]types.AttributeValue{"pk": number(1)}})
	if failed := expectError[smithy.APIError](t, err); failed.ErrorCode() != "ValidationException" {
		t.Fatal(failed)
	}
}
