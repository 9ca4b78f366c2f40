package conformance;

import java.net.URI;
import java.util.Map;
import java.util.UUID;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** A client of the endpoint under test, and what its tests share. */
final class Harness {
  private Harness() {}

  /** Without retries: a 500 that a retry would hide is a failure here. */
  static DynamoDbClient client() {
    return DynamoDbClient.builder()
        .endpointOverride(URI.create(System.getenv("SKERRY_ENDPOINT")))
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create("AKIACONFORMANCE", "conformance-secret")))
        .httpClient(UrlConnectionHttpClient.create())
        .overrideConfiguration(
            c -> c.retryStrategy(RetryMode.STANDARD).retryStrategy(b -> b.maxAttempts(1)))
        .build();
  }

  static String unique(String prefix) {
    return prefix + "-" + UUID.randomUUID();
  }

  /** CreateTable's input: keys pk (S) and sk (N), on demand. */
  static CreateTableRequest tableOf(String name) {
    return CreateTableRequest.builder()
        .tableName(name)
        .billingMode(BillingMode.PAY_PER_REQUEST)
        .attributeDefinitions(
            definition("pk", ScalarAttributeType.S), definition("sk", ScalarAttributeType.N))
        .keySchema(element("pk", KeyType.HASH), element("sk", KeyType.RANGE))
        .build();
  }

  private static AttributeDefinition definition(String name, ScalarAttributeType type) {
    return AttributeDefinition.builder().attributeName(name).attributeType(type).build();
  }

  private static KeySchemaElement element(String name, KeyType type) {
    return KeySchemaElement.builder().attributeName(name).keyType(type).build();
  }

  static void waitUntilExists(DynamoDbClient client, String name) {
    try (var waiter = client.waiter()) {
      waiter.waitUntilTableExists(r -> r.tableName(name));
    }
  }

  static Map<String, AttributeValue> key(String pk, int sk) {
    return Map.of("pk", s(pk), "sk", n(sk));
  }

  static AttributeValue s(String value) {
    return AttributeValue.fromS(value);
  }

  static AttributeValue n(int value) {
    return AttributeValue.fromN(Integer.toString(value));
  }
}
