import * as vscode from 'vscode';

/** A moment as people read it: the time of today, else the day with it. In the language of the editor and the time zone of its host. */
export function toTime(at: string, now: Date = new Date()): string {
  const date = new Date(at);
  const isToday = date.toDateString() === now.toDateString();
  const isThisYear = date.getFullYear() === now.getFullYear();
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { day: 'numeric', month: 'short', ...(isThisYear ? {} : { year: 'numeric' }) };
  return format(date, { ...day, hour: '2-digit', minute: '2-digit' });
}

/** With the day of the week: for what is to come. */
export function toDayAndTime(at: string): string {
  return format(new Date(at), { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

/** To the second. */
export function toFullTime(at: string): string {
  return format(new Date(at), { dateStyle: 'medium', timeStyle: 'medium' });
}

function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(vscode.env.language, options).format(date);
}
