package conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

class TablesTest {
  private final DynamoDbClient client = Harness.client();

  @Test
  void lifeOfATable() {
    String name = Harness.unique("java-life");
    var created = client.createTable(Harness.tableOf(name)).tableDescription();
    assertEquals(name, created.tableName());
    Harness.waitUntilExists(client, name);
    assertThrows(
        ResourceInUseException.class, () -> client.createTable(Harness.tableOf(name)));

    var described = client.describeTable(r -> r.tableName(name)).table();
    assertEquals(TableStatus.ACTIVE, described.tableStatus());
    assertEquals(2, described.keySchema().size());
    client.updateTable(r -> r.tableName(name).deletionProtectionEnabled(false));

    client.deleteTable(r -> r.tableName(name));
    try (var waiter = client.waiter()) {
      waiter.waitUntilTableNotExists(r -> r.tableName(name));
    }
    assertThrows(
        ResourceNotFoundException.class, () -> client.describeTable(r -> r.tableName(name)));
  }

  @Test
  void tablesAreListedPageByPage() {
    var names =
        List.of(Harness.unique("java"), Harness.unique("java"), Harness.unique("java"));
    names.forEach(name -> client.createTable(Harness.tableOf(name)));
    var found = client.listTablesPaginator(r -> r.limit(2)).tableNames().stream().toList();
    assertTrue(found.containsAll(names), found.toString());
    for (String name : names) {
      Harness.waitUntilExists(client, name);
      client.deleteTable(r -> r.tableName(name));
    }
  }
}
