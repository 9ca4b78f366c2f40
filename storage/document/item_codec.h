#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/document/attribute_value.h"

// The compact form in which items are stored, replicated and handed to the fronts (FORMAT.md):
// attributes in the order of their names, values tagged and length-prefixed, so that an answer is
// written straight from it.

namespace skerry::document {

// Bytes of one encoded item. Empty means "no item".
using EncodedItem = std::string;

void EncodeItem(const Item& item, std::string* out);
// Any bytes may be given; what EncodeItem did not write is Corruption. Bounded recursion.
Result<Item> DecodeItem(std::string_view encoded);

// A pull reader over an encoded value, for writers that need no tree (JSON). Views point into the
// bytes. Any bytes may be given; a failure is sticky and seen in ok().
class ValueReader {
 public:
  explicit ValueReader(std::string_view encoded) : in_(encoded) {}

  // An encoded item and an encoded map value have the same form: a count, then name and value in
  // turn.
  uint64_t ReadCount();
  std::string_view ReadName();

  struct Token {
    Type type = Type::kNull;
    std::string_view
        bytes;  // kString, kBinary: the bytes; kNumber: the number's text as the service prints it
    bool boolean = false;
    uint64_t count = 0;  // sets, lists and maps: members that follow (maps: name, then value)
  };
  Token ReadValue();
  std::string_view ReadSetMember();  // likewise: string or binary bytes, a number's text
  void SkipValue();

  bool ok() const { return ok_; }
  bool done() const { return in_.empty(); }

 private:
  std::string_view in_;
  bool ok_ = true;
};

// The value of one top-level attribute as a reader placed on it, found without decoding the rest.
bool FindAttribute(std::string_view encoded_item, std::string_view name, ValueReader* value);

}  // namespace skerry::document
