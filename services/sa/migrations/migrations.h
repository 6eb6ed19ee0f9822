#pragma once

#include <vector>

#include "libs/sql/migrations.h"

namespace cairn::sa {

// The files NNNN_what.sql of this folder, in order: part of the program, so that
// it can't be run with those of another version.
std::vector<sql::Migration> Migrations();

}  // namespace cairn::sa
