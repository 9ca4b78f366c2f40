package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestLifeOfATable(t *testing.T) {
	client := newClient(t)
	name := unique("go-life")
	created, err := client.CreateTable(ctx, tableOf(name))
	check(t, err)
	if *created.TableDescription.TableName != name {
		t.Fatal(*created.TableDescription.TableName)
	}
	waitUntilExists(t, client, name)
	_, err = client.CreateTable(ctx, tableOf(name))
	expectError[*types.ResourceInUseException](t, err)

	described, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	check(t, err)
	table := described.Table
	if table.TableStatus != types.TableStatusActive || time.Since(*table.CreationDateTime) > time.Hour {
		t.Fatalf("%+v", table)
	}
	_, err = client.UpdateTable(ctx, &dynamodb.UpdateTableInput{
		TableName: &name, DeletionProtectionEnabled: aws.Bool(false)})
	check(t, err)

	_, err = client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
	check(t, err)
	waiter := dynamodb.NewTableNotExistsWaiter(client, func(o *dynamodb.TableNotExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, time.Second
	})
	check(t, waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, 30*time.Second))
	_, err = client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	expectError[*types.ResourceNotFoundException](t, err)
}

func TestTablesAreListedPageByPage(t *testing.T) {
	client := newClient(t)
	wanted := []string{makeTable(t, client), makeTable(t, client), makeTable(t, client)}
	var found []string
	pages := dynamodb.NewListTablesPaginator(client, &dynamodb.ListTablesInput{Limit: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(t, err)
		found = append(found, page.TableNames...)
	}
	for _, name := range wanted {
		if !slices.Contains(found, name) {
			t.Errorf("%s is not listed", name)
		}
	}
}
