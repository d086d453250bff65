// Checks of single members of a record, for the tables of members. No DOM here.

export const text = (value) => typeof value === "string" && value !== "";
export const textOrNull = (value) => value === null || typeof value === "string";
export const whole = (value) => Number.isSafeInteger(value) && value >= 0;
export const wholeOrNull = (value) => value === null || whole(value);
export const listOf = (fits) => (value) => Array.isArray(value) && value.every(fits);
export const isObject = (value) => value !== null && typeof value === "object";
