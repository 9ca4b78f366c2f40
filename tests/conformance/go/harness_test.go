// Package conformance drives the endpoint under test through the AWS SDK for Go v2.
package conformance

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var ctx = context.Background()

func newClient(t *testing.T) *dynamodb.Client {
	t.Helper()
	endpoint := os.Getenv("SKERRY_ENDPOINT")
	if endpoint == "" {
		t.Fatal("SKERRY_ENDPOINT is not set")
	}
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(endpoint),
		Region:       "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID: "AKIACONFORMANCE", SecretAccessKey: "conformance-secret"}, nil
		}),
		RetryMaxAttempts: 1,
	})
}

func unique(prefix string) string {
	random := make([]byte, 6)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	return prefix + "-" + hex.EncodeToString(random)
}

// tableOf is CreateTable's input: keys pk (S) and sk (N), on demand.
func tableOf(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
	}
}

func waitUntilExists(t *testing.T, client *dynamodb.Client, name string) {
	t.Helper()
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, time.Second
	})
	input := &dynamodb.DescribeTableInput{TableName: &name}
	check(t, waiter.Wait(ctx, input, 30*time.Second))
}

// makeTable creates a table that is dropped after the test.
func makeTable(t *testing.T, client *dynamodb.Client) string {
	t.Helper()
	name := unique("go")
	_, err := client.CreateTable(ctx, tableOf(name))
	check(t, err)
	waitUntilExists(t, client, name)
	t.Cleanup(func() {
		_, err := client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
		check(t, err)
	})
	return name
}

func key(pk string, sk int) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: pk},
		"sk": number(sk),
	}
}

func number(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectError fails unless err is an E, and returns it.
func expectError[E error](t *testing.T, err error) E {
	t.Helper()
	var wanted E
	if !errors.As(err, &wanted) {
		t.Fatalf("%v is no %T", err, wanted)
	}
	return wanted
}
