// What the report's page runs when it has been read.
import { start } from "./tradechart.ts";

start();
