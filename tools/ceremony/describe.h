#pragma once

#include <string>
#include <vector>

#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// One line of a plan for people's eyes.
struct Row {
  std::string section;  // "certificate"
  std::string name;     // "not before"
  std::string value;
};

// All that the plan says and all that follows from it: people, tokens, keys, and
// each field of the certificate or CRL in its order, with placeholders for what
// only the key can tell. CheckPlan must have found no error.
std::vector<Row> DescribePlan(const Plan& plan);

// As a table, and as a JSON object of objects.
std::string RowsText(const std::vector<Row>& rows);
std::string RowsJson(const std::vector<Row>& rows);

// The script of the ceremony (BR 6.1.1.1): numbered steps, each with a line to sign
// on paper, and the plan's hash to be read aloud.
std::string ScriptOf(const Plan& plan);

}  // namespace cairn::ceremony
