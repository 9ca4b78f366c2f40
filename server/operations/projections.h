#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "server/api/item_types.h"
#include "storage/partition/schema.h"

namespace skerry::operations {

// What may stand together; before the table is looked up.
Status CheckProjectionParameters(const std::optional<std::string>& projection_expression,
                                 const std::optional<api::NameMap>& names,
                                 const std::optional<std::vector<std::string>>& attributes_to_get);

// The names of AttributesToGet, none of them empty or twice. Of the reads of single items they are
// looked at before the table, of Query and Scan after it.
Status CheckAttributesToGet(const std::optional<std::vector<std::string>>& attributes_to_get);

// AttributesToGet, none of them twice.
Result<std::shared_ptr<const expression::Projection>> ProjectionOfNames(
    const std::vector<std::string>& attributes_to_get);

// The projection that a request asks for, by expression or by AttributesToGet; null: all
// attributes.
Result<std::shared_ptr<const expression::Projection>> CompileProjection(
    const std::optional<std::string>& projection_expression,
    const std::optional<api::NameMap>& names,
    const std::optional<std::vector<std::string>>& attributes_to_get,
    const partition::Schema& schema);

// What of a stored item is shown; `projection` may be null.
Result<document::EncodedItem> Shown(const expression::Projection* projection,
                                    std::string_view encoded);

}  // namespace skerry::operations
