package conformance;

import static conformance.Harness.key;
import static conformance.Harness.n;
import static conformance.Harness.s;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

class ItemsTest {
  private static final DynamoDbClient client = Harness.client();
  private static final String table = Harness.unique("java");

  @BeforeAll
  static void create() {
    client.createTable(Harness.tableOf(table));
    Harness.waitUntilExists(client, table);
  }

  @AfterAll
  static void drop() {
    client.deleteTable(r -> r.tableName(table));
  }

  @Test
  void putGetUpdateDelete() {
    var key = key("crud", 1);
    var item = new HashMap<>(key);
    item.put("text", s("é 🎈"));
    item.put("n", n(1));
    item.put("bytes", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {0, -1})));
    item.put("set", AttributeValue.fromSs(List.of("a")));
    item.put("list", AttributeValue.fromL(List.of(AttributeValue.fromBool(true), s(""))));
    item.put("map", AttributeValue.fromM(Map.of("x", AttributeValue.fromNul(true))));
    client.putItem(r -> r.tableName(table).item(item));

    var got =
        client.getItem(
            r ->
                r.tableName(table)
                    .key(key)
                    .consistentRead(true)
                    .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL));
    assertEquals(item, got.item());
    assertEquals(1.0, got.consumedCapacity().capacityUnits());

    var updated =
        client.updateItem(
            r ->
                r.tableName(table)
                    .key(key)
                    .updateExpression("SET n = n + :one REMOVE #l")
                    .expressionAttributeNames(Map.of("#l", "list"))
                    .expressionAttributeValues(Map.of(":one", n(1)))
                    .returnValues(ReturnValue.ALL_NEW));
    assertEquals(n(2), updated.attributes().get("n"));
    assertFalse(updated.attributes().containsKey("list"));

    var deleted =
        client.deleteItem(r -> r.tableName(table).key(key).returnValues(ReturnValue.ALL_OLD));
    assertEquals(s("é 🎈"), deleted.attributes().get("text"));
    assertFalse(client.getItem(r -> r.tableName(table).key(key)).hasItem());
  }

  @Test
  void batchesAndPages() {
    List<WriteRequest> puts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      var item = key("batch", i);
      puts.add(WriteRequest.builder().putRequest(p -> p.item(item)).build());
    }
    var written = client.batchWriteItem(r -> r.requestItems(Map.of(table, puts)));
    assertTrue(written.unprocessedItems().isEmpty());
    var read =
        client.batchGetItem(
            r ->
                r.requestItems(
                    Map.of(
                        table,
                        KeysAndAttributes.builder()
                            .keys(List.of(key("batch", 3), key("batch", 99)))
                            .build())));
    assertEquals(List.of(key("batch", 3)), read.responses().get(table));

    var found =
        client
            .queryPaginator(
                r ->
                    r.tableName(table)
                        .keyConditionExpression("pk = :k AND sk >= :low")
                        .expressionAttributeValues(Map.of(":k", s("batch"), ":low", n(5)))
                        .limit(4))
            .items()
            .stream()
            .map(item -> Integer.parseInt(item.get("sk").n()))
            .toList();
    assertEquals(IntStream.range(5, 20).boxed().toList(), found);

    int scanned =
        client
            .scanPaginator(
                r ->
                    r.tableName(table)
                        .filterExpression("pk = :k")
                        .expressionAttributeValues(Map.of(":k", s("batch")))
                        .limit(7))
            .stream()
            .mapToInt(page -> page.count())
            .sum();
    assertEquals(20, scanned);
  }

  @Test
  void errorsAreTyped() {
    var item = key("guarded", 1);
    var put =
        PutItemRequest.builder()
            .tableName(table)
            .item(item)
            .conditionExpression("attribute_not_exists(pk)")
            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
            .build();
    client.putItem(put);
    var failed =
        assertThrows(ConditionalCheckFailedException.class, () -> client.putItem(put));
    assertEquals(item, failed.item());
    assertEquals("The conditional request failed", failed.awsErrorDetails().errorMessage());
    assertEquals(400, failed.statusCode());
    assertFalse(failed.requestId().isEmpty());

    assertThrows(
        ResourceNotFoundException.class,
        () -> client.getItem(r -> r.tableName(table + "-missing").key(item)));
    var invalid =
        assertThrows(
            DynamoDbException.class,
            () -> client.getItem(r -> r.tableName(table).key(Map.of("pk", s("x")))));
    assertEquals("ValidationException", invalid.awsErrorDetails().errorCode());
  }
}
