#pragma once

#include <string_view>

#include "server/dynamodb/decoder.h"

// The tables that describe every request: what is decoded, what is checked, and what becomes of it.
// Member names, types and bounds are those of the service's model (botocore, dynamodb/2012-08-10);
// the order of an enumeration's names is the one in which the service lists them.

namespace skerry::dynamodb {

// item_shapes.cc; each describes the api request of its name.
Shape GetItemShape();
Shape PutItemShape();
Shape UpdateItemShape();
Shape DeleteItemShape();
Shape QueryShape();
Shape ScanShape();
Shape BatchGetItemShape();
Shape BatchWriteItemShape();

// table_shapes.cc
Shape CreateTableShape();
Shape UpdateTableShape();
Shape TableNameShape();  // TableNameRequest
Shape ListTablesShape();
Shape TagResourceShape();
Shape UntagResourceShape();
Shape ListTagsOfResourceShape();

}  // namespace skerry::dynamodb
