// Changes the first phone and the birth date of a Patient read from standard input, as a person
// would at the front desk: edit-patient.mjs PHONE BIRTHDATE
import { readFileSync } from "node:fs";

const [phone, birthDate] = process.argv.slice(2);
const patient = JSON.parse(readFileSync(0, "utf8"));
const point = (patient.telecom ?? []).find((each) => each.system === "phone");
if (point) point.value = phone;
patient.birthDate = birthDate;
process.stdout.write(JSON.stringify(patient));
